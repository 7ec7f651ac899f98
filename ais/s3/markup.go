package s3

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"strconv"
	"time"
)

// namespace is that of all documents but errors.
const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// markup is an XML document being written.
type markup struct{ out bytes.Buffer }

// newMarkup begins a document of about size bytes.
func newMarkup(size int) *markup {
	m := &markup{}
	m.out.Grow(size)
	m.out.WriteString(xml.Header)
	return m
}

// root begins the outermost element, in the namespace of the API.
func (m *markup) root(name string) {
	m.out.WriteString("<" + name + ` xmlns="` + namespace + `">`)
}

func (m *markup) open(name string)  { m.out.WriteString("<" + name + ">") }
func (m *markup) close(name string) { m.out.WriteString("</" + name + ">") }

// text writes an element with a text, which may be "".
func (m *markup) text(name, value string) {
	m.open(name)
	_ = xml.EscapeText(&m.out, []byte(value)) // a buffer takes everything
	m.close(name)
}

// some writes an element unless the text is "".
func (m *markup) some(name, value string) {
	if value != "" {
		m.text(name, value)
	}
}

func (m *markup) number(name string, n int64) { m.text(name, strconv.FormatInt(n, 10)) }
func (m *markup) claim(name string, is bool)  { m.text(name, strconv.FormatBool(is)) }
func (m *markup) time(name string, t time.Time) {
	m.text(name, t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// answer sends the document.
func (m *markup) answer(w http.ResponseWriter, status int) error {
	h := w.Header()
	h["Content-Type"] = []string{"application/xml"}
	h["Content-Length"] = []string{strconv.Itoa(m.out.Len())}
	w.WriteHeader(status)
	_, err := w.Write(m.out.Bytes())
	return err
}
