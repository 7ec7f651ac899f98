package command

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"aistore/internal/jsonx"
)

// table prints rows under headings, in columns as wide as they must be. Rows
// may come in portions; a column never becomes narrower again.
type table struct {
	w        io.Writer
	headings []string // "" hides all; a heading that begins with ">" is of a column of numbers
	bold     func(string) string
	widths   []int
	rows     [][]string
	headed   bool
}

// newTable returns a table that prints to standard output.
func (t *Tool) newTable(noHeader bool, headings ...string) *table {
	return &table{w: t.Stdout, headings: headings, headed: noHeader, bold: t.bold, widths: make([]int, len(headings))}
}

// add adds a row.
func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = printable(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// flush prints the rows added since the last flush.
func (t *table) flush() error {
	if len(t.rows) == 0 {
		return nil
	}
	t.measure()
	var text strings.Builder
	if !t.headed {
		t.headed = true
		text.WriteString(t.bold(t.line(t.names())) + "\n")
	}
	for _, row := range t.rows {
		text.WriteString(t.line(row) + "\n")
	}
	t.rows = t.rows[:0]
	_, err := io.WriteString(t.w, text.String())
	return err
}

// again makes the headings come once more.
func (t *table) again() { t.headed = false }

func (t *table) names() []string {
	names := make([]string, len(t.headings))
	for i, h := range t.headings {
		names[i] = strings.TrimPrefix(h, ">")
	}
	return names
}

func (t *table) measure() {
	rows := t.rows
	if !t.headed {
		rows = append([][]string{t.names()}, rows...)
	}
	for _, row := range rows {
		for i, cell := range row {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
		}
	}
}

// line aligns a row; nothing trails.
func (t *table) line(row []string) string {
	var line strings.Builder
	for i, cell := range row {
		pad := strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(cell))
		if strings.HasPrefix(t.headings[i], ">") {
			line.WriteString(pad + cell)
		} else {
			line.WriteString(cell + pad)
		}
		line.WriteString("  ")
	}
	return strings.TrimRight(line.String(), " ")
}

// printable writes what would disturb a terminal as \x1b and the like.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 && utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError && unicode.IsPrint(r) {
			out.WriteRune(r)
		} else {
			for _, b := range []byte(s[i : i+size]) {
				const digits = "0123456789abcdef"
				out.WriteString(`\x` + string(digits[b>>4]) + string(digits[b&15]))
			}
		}
		i += size
	}
	return out.String()
}

// printJSON prints v as JSON for people and programs.
func (t *Tool) printJSON(v any) error {
	text, err := jsonx.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return t.printf("%s\n", text)
}

// bold makes a heading stand out on a terminal.
func (t *Tool) bold(text string) string { return t.styled("1", text) }

// warnColor makes something to look at stand out on a terminal.
func (t *Tool) warnColor(text string) string { return t.styled("31", text) }

func (t *Tool) styled(code, text string) string {
	s, err := t.settings()
	if !t.StdoutTerminal || err != nil || s.NoColor {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
