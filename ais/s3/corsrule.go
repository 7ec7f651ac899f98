package s3

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aistore/api/wire"
)

// corsDocument is the document of the rules of a bucket.
type corsDocument struct {
	XMLName xml.Name `xml:"CORSConfiguration"`
	Rules   []struct {
		ID      string   `xml:"ID"`
		Origins []string `xml:"AllowedOrigin"`
		Methods []string `xml:"AllowedMethod"`
		Headers []string `xml:"AllowedHeader"`
		Expose  []string `xml:"ExposeHeader"`
		MaxAge  *int     `xml:"MaxAgeSeconds"`
	} `xml:"CORSRule"`
}

// parseCORS reads the rules of a bucket. Errors: Invalid.
func parseCORS(text []byte) ([]wire.S3CORSRule, error) {
	var document corsDocument
	if err := parse(text, &document); err != nil {
		return nil, err
	}
	if len(document.Rules) == 0 {
		return nil, refuse(codeMalformedXML)
	}
	var rules []wire.S3CORSRule
	for _, r := range document.Rules {
		rules = append(rules, wire.S3CORSRule{ID: r.ID, Origins: r.Origins, Methods: r.Methods, Headers: r.Headers, Expose: r.Expose, MaxAge: r.MaxAge})
	}
	if err := (&wire.S3Props{CORS: rules}).Validate(); err != nil {
		return nil, refuseWith(codeInvalidRequest, err.Error())
	}
	return rules, nil
}

// corsRuleFor returns the first rule for a method from an origin with headers of
// these names, nil if there is none.
func corsRuleFor(rules []wire.S3CORSRule, origin, method string, headers []string) *wire.S3CORSRule {
	for i := range rules {
		r := &rules[i]
		allowed := func(header string) bool {
			return slices.ContainsFunc(r.Headers, func(pattern string) bool { return fits(strings.ToLower(pattern), header) })
		}
		matches := func(pattern string) bool { return fits(pattern, origin) }
		if slices.Contains(r.Methods, method) && slices.ContainsFunc(r.Origins, matches) &&
			!slices.ContainsFunc(headers, func(header string) bool { return !allowed(header) }) {
			return r
		}
	}
	return nil
}

// fits reports whether a text is as a pattern has it, in which one * stands for
// anything.
func fits(pattern, text string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	return len(text) >= len(before)+len(after) && strings.HasPrefix(text, before) && strings.HasSuffix(text, after)
}

// allow sets the headers by which a browser lets a page have an answer.
func allow(h http.Header, r *wire.S3CORSRule, origin string) {
	h.Set("Access-Control-Allow-Methods", strings.Join(r.Methods, ", "))
	if slices.Contains(r.Origins, "*") {
		h.Set("Access-Control-Allow-Origin", "*")
	} else {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if len(r.Expose) > 0 {
		h.Set("Access-Control-Expose-Headers", strings.Join(r.Expose, ", "))
	}
	if r.MaxAge != nil {
		h.Set("Access-Control-Max-Age", strconv.Itoa(*r.MaxAge))
	}
	h.Set("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
}

// requestHeaders are the names in Access-Control-Request-Headers, in lower case.
func requestHeaders(h http.Header) []string {
	var names []string
	for _, line := range h["Access-Control-Request-Headers"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}
