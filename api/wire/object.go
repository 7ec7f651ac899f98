package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"aistore/errs"
)

// MaxObjectName is the most bytes that the name of an object may have.
const MaxObjectName = 1024

// ValidateObjectName checks what holds for the name of any object, through
// whatever door it comes: it is not empty, has at most [MaxObjectName] bytes
// and no NUL, and no component between slashes is "..".
// A valid name costs no allocation. Errors: Invalid.
func ValidateObjectName(name string) error {
	if err := checkObjectName(name); err != nil {
		return errs.E("wire.ValidateObjectName", fmt.Sprintf("object %.100q", name), errs.Invalid, err)
	}
	return nil
}

// ValidateNewObjectName checks a name that the native API is asked to create.
// Beyond [ValidateObjectName] it refuses a trailing slash, "." as a component,
// a leading "~/", and what is not UTF-8. Objects with such names may exist,
// made through S3; they are read, listed and deleted as any other.
// A valid name costs no allocation. Errors: Invalid.
func ValidateNewObjectName(name string) error {
	err := checkObjectName(name)
	if err == nil {
		err = checkNewObjectName(name)
	}
	if err != nil {
		return errs.E("wire.ValidateNewObjectName", fmt.Sprintf("object %.100q", name), errs.Invalid, err)
	}
	return nil
}

func checkObjectName(name string) error {
	switch {
	case name == "":
		return errors.New("the object name is empty")
	case len(name) > MaxObjectName:
		return fmt.Errorf("an object name has at most %d bytes", MaxObjectName)
	case strings.IndexByte(name, 0) >= 0:
		return errors.New("an object name has no NUL")
	case hasComponent(name, ".."):
		return errors.New("an object name has no \"..\" between slashes")
	}
	return nil
}

func checkNewObjectName(name string) error {
	switch {
	case strings.HasSuffix(name, "/"):
		return errors.New("the name of a new object does not end with a slash")
	case strings.HasPrefix(name, "~/"):
		return errors.New("the name of a new object does not begin with \"~/\"")
	case hasComponent(name, "."):
		return errors.New("the name of a new object has no \".\" between slashes")
	case !utf8.ValidString(name):
		return errors.New("the name of a new object is UTF-8")
	}
	return nil
}

// hasComponent tells whether one of the parts of name between slashes is component.
func hasComponent(name, component string) bool {
	for name != "" {
		part, rest, _ := strings.Cut(name, "/")
		if part == component {
			return true
		}
		name = rest
	}
	return false
}
