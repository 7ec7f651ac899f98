package command

import (
	"cmp"
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"aistore/access"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// parseProps reads properties of a bucket to set: words such as
// "mirror.copies=3", or all of it as JSON.
// Errors: Invalid.
func parseProps(words []string) (*wire.BucketPropsToSet, error) {
	set := new(wire.BucketPropsToSet)
	for _, word := range words {
		if strings.HasPrefix(strings.TrimSpace(word), "{") {
			if err := jsonx.Unmarshal([]byte(word), set); err != nil {
				return nil, propsError(word, "not valid JSON, want it like {\"mirror\": {\"copies\": 2}}")
			}
			continue
		}
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return nil, propsError(word, "want KEY=VALUE")
		}
		if err := setProp(set, key, value); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// setProp sets one property by its dotted name.
func setProp(set *wire.BucketPropsToSet, key, value string) error {
	switch key {
	case "access", "s3.public":
		bits, err := access.ParseBits(value)
		if err != nil {
			return propsError(key, rootText(err))
		}
		number := uint64(bits)
		if key == "access" {
			set.Access = &number
			return nil
		}
		if set.S3 == nil {
			set.S3 = new(wire.S3PropsToSet)
		}
		set.S3.Public = &number
		return nil
	case "backend_bck":
		return setBackend(set, value)
	}
	at := reflect.ValueOf(set).Elem()
	var path []string
	for name := range strings.SplitSeq(key, ".") {
		at = settle(at)
		if at.Kind() != reflect.Struct {
			return propsError(key, "\""+strings.Join(path, ".")+"\" has no parts")
		}
		field, ok := fieldNamed(at, name)
		if !ok {
			return unknownProp(key, path, at)
		}
		at, path = field, append(path, name)
	}
	at = settle(at)
	if at.Kind() == reflect.Struct {
		return propsError(key, "want one of "+strings.Join(fieldNames(at), ", ")+" after it")
	}
	return setValue(at, key, value)
}

// setBackend reads a bucket, or "none" to detach the one there is.
func setBackend(set *wire.BucketPropsToSet, value string) error {
	set.Backend = new(wire.Bucket)
	if value == "none" || value == "" {
		return nil
	}
	b, err := parseBucket(value)
	*set.Backend = b
	return err
}

// settle follows a pointer, after making what it points to.
func settle(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Pointer {
		return v
	}
	if v.IsNil() {
		v.Set(reflect.New(v.Type().Elem()))
	}
	return v.Elem()
}

// setValue reads a value of the type that the property has.
func setValue(at reflect.Value, key, value string) error {
	if text, ok := at.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := text.UnmarshalText([]byte(value)); err != nil {
			return propsError(key, rootText(err))
		}
		return nil
	}
	var err error
	switch at.Kind() {
	case reflect.Bool:
		var b bool
		if b, err = parseSwitch(value); err == nil {
			at.SetBool(b)
		}
	case reflect.String:
		at.SetString(value)
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		var n int64
		if n, err = strconv.ParseInt(value, 10, at.Type().Bits()); err == nil {
			at.SetInt(n)
		}
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var n uint64
		if n, err = strconv.ParseUint(value, 0, at.Type().Bits()); err == nil {
			at.SetUint(n)
		}
	default:
		return propsError(key, "can be set as JSON only")
	}
	if err != nil {
		return propsError(key, "\""+value+"\" is not a "+kindText(at.Kind()))
	}
	return nil
}

// parseSwitch reads a boolean as people write it.
func parseSwitch(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "on", "yes", "y", "enabled":
		return true, nil
	case "off", "no", "n", "disabled":
		return false, nil
	}
	return strconv.ParseBool(value)
}

func kindText(k reflect.Kind) string {
	if k == reflect.Bool {
		return "true or false"
	}
	return "number"
}

func fieldNamed(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if jsonName(v.Type().Field(i)) == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func fieldNames(v reflect.Value) []string {
	var names []string
	for i := range v.NumField() {
		names = append(names, jsonName(v.Type().Field(i)))
	}
	return names
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return cmp.Or(name, f.Name)
}

func unknownProp(key string, path []string, at reflect.Value) error {
	names := fieldNames(at)
	last := strings.Split(key, ".")[len(path)]
	text := "unknown property"
	if near := nearest(last, names); near != "" {
		meant := append(path, near)
		if field, ok := fieldNamed(at, near); ok && settle(field).Kind() == reflect.Struct {
			meant = append(meant, strings.Split(key, ".")[len(path)+1:]...)
		}
		text += ", did you mean \"" + strings.Join(meant, ".") + "\"?"
	} else {
		slices.Sort(names)
		text += ", want one of " + strings.Join(names, ", ")
	}
	return propsError(key, text)
}

func propsError(key, text string) error {
	e := errs.E("bucket property", key, errs.Invalid, nil)
	e.Public = "property \"" + key + "\": " + text
	return e
}

// rootText returns the text of the innermost error, without operations.
func rootText(err error) string { return innermost(err).Error() }
