package listing

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"aistore/errs"
)

// tokenMark begins a continuation token that is not the name itself. No name has
// such a byte.
const tokenMark = "\x00"

// token is the continuation token of a page that ends with a name: the name,
// unless JSON could not carry it.
func token(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return tokenMark + base64.RawURLEncoding.EncodeToString([]byte(name))
}

// nameOf is the opposite of token. Errors: Invalid.
func nameOf(token string) (string, error) {
	text, marked := strings.CutPrefix(token, tokenMark)
	if !marked {
		return token, nil
	}
	name, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", errs.E("listing.Page", "continuation_token", errs.Invalid, errors.New("it is not one of ours"))
	}
	return string(name), nil
}
