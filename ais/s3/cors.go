package s3

import (
	"net/http"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
)

// cors lets the page of another origin have an answer, where a rule of the bucket
// says so. There is nothing to do for other requests.
func (d *Dialect) cors(h http.Header, r *http.Request, q *rest.ObjectRequest) {
	origin := r.Header["Origin"]
	if len(origin) != 1 || q.Bucket.Name == "" || h["Access-Control-Allow-Origin"] != nil {
		return
	}
	b, found := d.options.State().Buckets.Get(q.Bucket)
	if !found {
		return
	}
	if rule := corsRuleFor(b.Props.S3.CORS, origin[0], r.Method, nil); rule != nil {
		allow(h, rule, origin[0])
	}
}

// preflight answers whether a page of another origin may send a request.
func (c *call) preflight() error {
	h := c.r.Header
	origin, method := h.Get("Origin"), h.Get("Access-Control-Request-Method")
	switch {
	case origin == "":
		return refuseWith(codeBadRequest, "Insufficient information. Origin request header needed.")
	case method == "":
		return refuseWith(codeBadRequest, "Invalid Access-Control-Request-Method: null")
	}
	b, found := c.options.State().Buckets.Get(c.q.Bucket)
	switch {
	case !found:
		return errs.BucketNotFound("s3", c.q.Bucket.String())
	case len(b.Props.S3.CORS) == 0:
		return refuseWith(codeAccessForbidden, "CORSResponse: CORS is not enabled for this bucket.")
	}
	names := requestHeaders(h)
	rule := corsRuleFor(b.Props.S3.CORS, origin, method, names)
	if rule == nil {
		return refuseWith(codeAccessForbidden, "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.")
	}
	allow(c.w.Header(), rule, origin)
	if len(names) > 0 {
		c.w.Header()["Access-Control-Allow-Headers"] = h["Access-Control-Request-Headers"]
	}
	return nil
}

func (c *call) getCORS() error {
	rules := c.bucket.Props.S3.CORS
	if len(rules) == 0 {
		return refuse("NoSuchCORSConfiguration")
	}
	m := newMarkup(1 << 10)
	m.root("CORSConfiguration")
	for _, r := range rules {
		m.open("CORSRule")
		m.some("ID", r.ID)
		m.each("AllowedOrigin", r.Origins)
		m.each("AllowedMethod", r.Methods)
		m.each("AllowedHeader", r.Headers)
		m.each("ExposeHeader", r.Expose)
		if r.MaxAge != nil {
			m.number("MaxAgeSeconds", int64(*r.MaxAge))
		}
		m.close("CORSRule")
	}
	m.close("CORSConfiguration")
	return m.answer(c.w, http.StatusOK)
}

// each writes an element for each of the texts.
func (m *markup) each(name string, values []string) {
	for _, value := range values {
		m.text(name, value)
	}
}

func (c *call) putCORS() error {
	text, err := c.text(maxConfiguration)
	if err != nil {
		return err
	}
	rules, err := parseCORS(text)
	if err != nil {
		return err
	}
	return c.setProps(&wire.S3PropsToSet{CORS: &rules})
}

func (c *call) deleteCORS() error {
	if err := c.setProps(&wire.S3PropsToSet{CORS: new([]wire.S3CORSRule)}); err != nil {
		return err
	}
	return c.done()
}
