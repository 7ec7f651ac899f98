package s3

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// formPolicy is what a form must be like.
type formPolicy struct {
	expires    time.Time
	conditions []formCondition
	min, max   int64 // bytes of the file
}

// formCondition is on one field of a form.
type formCondition struct {
	field  string // in lower case
	value  string
	prefix bool // it must begin with the value, not be it
}

// parseFormPolicy reads the policy of a form, which is JSON in base64. Errors: Invalid.
func parseFormPolicy(text string) (*formPolicy, error) {
	invalid := func(why string) error { return refuseWith(codeInvalidFormPolicy, "Invalid Policy: "+why) }
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, invalid("it is not in base64.")
	}
	var document map[string]json.RawMessage // whose names are those of the API in every letter
	if err := decodeStrictly(raw, &document); err != nil {
		return nil, invalid("it is no JSON object with expiration and conditions.")
	}
	for name := range document {
		if name != "expiration" && name != "conditions" {
			return nil, invalid("Unexpected: '" + clipped(name) + "'")
		}
	}
	var expires string
	var conditions []json.RawMessage
	if err := json.Unmarshal(document["expiration"], &expires); err != nil {
		return nil, invalid("Policy missing expiration.")
	}
	p := &formPolicy{max: math.MaxInt64}
	if p.expires, err = time.Parse(time.RFC3339, expires); err != nil {
		return nil, invalid("Invalid 'expiration' value: '" + clipped(expires) + "'")
	}
	if err := json.Unmarshal(document["conditions"], &conditions); err != nil || conditions == nil {
		return nil, invalid("Policy missing conditions.")
	}
	for _, one := range conditions {
		if why := p.add(one); why != "" {
			return nil, invalid(why)
		}
	}
	return p, nil
}

// add reads one condition and returns what is wrong with it.
func (p *formPolicy) add(text json.RawMessage) (problem string) {
	var fields map[string]string
	if json.Unmarshal(text, &fields) == nil && fields != nil {
		if len(fields) != 1 {
			return "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
		}
		for name, value := range fields {
			p.conditions = append(p.conditions, formCondition{field: strings.ToLower(name), value: value})
		}
		return ""
	}
	var words []any
	if err := json.Unmarshal(text, &words); err != nil || len(words) != 3 {
		return "a condition is an object with one property, or a list of three."
	}
	kind, _ := words[0].(string)
	kind = strings.ToLower(kind)
	if kind == "content-length-range" {
		return p.addRange(words)
	}
	name, ok := words[1].(string)
	value, isText := words[2].(string)
	field, isField := strings.CutPrefix(name, "$")
	if !ok || !isText || !isField || kind != "eq" && kind != "starts-with" {
		return `a condition of three is ["eq" or "starts-with", "$field", "value"], or ["content-length-range", least, most].`
	}
	p.conditions = append(p.conditions, formCondition{field: strings.ToLower(field), value: value, prefix: kind == "starts-with"})
	return ""
}

func (p *formPolicy) addRange(words []any) (problem string) {
	least, ok1 := wholeNumber(words[1])
	most, ok2 := wholeNumber(words[2])
	if !ok1 || !ok2 {
		return "content-length-range takes two numbers of bytes."
	}
	p.min, p.max = max(p.min, least), min(p.max, most)
	return ""
}

// wholeNumber reads a number of bytes, which may be written as text.
func wholeNumber(word any) (int64, bool) {
	switch v := word.(type) {
	case float64:
		return int64(v), v >= 0 && v <= 1<<53 && v == math.Trunc(v)
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil && n >= 0
	}
	return 0, false
}

// check refuses a form that is not as the policy wants: each condition must hold, and
// there must be one for each field, and for the bucket: a policy for one bucket is not
// good for another. Errors: Forbidden.
func (p *formPolicy) check(bucket string, fields map[string]string, now time.Time) error {
	denied := func(why string) error { return refuseWith(codeAccessDenied, "Invalid according to Policy: "+why) }
	if !now.Before(p.expires) {
		return denied("Policy expired.")
	}
	covered := map[string]bool{}
	for _, c := range p.conditions {
		value := fields[c.field]
		if c.field == "bucket" {
			value = bucket
		}
		if value != c.value && !(c.prefix && strings.HasPrefix(value, c.value)) {
			return denied("Policy Condition failed: [" + kindOf(c) + `, "$` + clipped(c.field) + `", "` + clipped(c.value) + `"]`)
		}
		covered[c.field] = true
	}
	if !covered["bucket"] {
		return denied("Extra input fields: bucket")
	}
	for name := range fields {
		switch {
		case covered[name], isSignature(name), strings.HasPrefix(name, "x-ignore-"):
		default:
			return denied("Extra input fields: " + clipped(name))
		}
	}
	return nil
}

// isSignature tells whether a field needs no condition, since it signs the others.
func isSignature(name string) bool {
	return name == "policy" || name == "x-amz-signature" || name == "awsaccesskeyid" || name == "signature"
}

func kindOf(c formCondition) string {
	if c.prefix {
		return `"starts-with"`
	}
	return `"eq"`
}
