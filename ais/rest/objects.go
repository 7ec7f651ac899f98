package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"aistore/access"
	"aistore/api/wire"
	"aistore/errs"
)

// objectsPrefix is where objects are.
const objectsPrefix = wire.PathObjects + "/"

// ObjectRequest is what a request for an object says before its headers and
// body are looked at.
type ObjectRequest struct {
	Bucket wire.Bucket // normal and valid
	Object string      // decoded once and valid; "" in actions on a bucket, and where a dialect says so
	Query  Query
	Caller Caller
	Need   access.Bits // permission that was checked; pass it on in a redirect

	Passed bool // a node has passed it on, in a dialect's words
	Root   bool // its path has no prefix of the dialect in front

	// HostBucket is the bucket that the host of the request names, so that its path
	// names only the object; "" where the path names both.
	HostBucket string
	Proof      any // what a dialect remembers of it
}

// ObjectHandler serves one verb on an object. It writes the answer or returns
// an error, like a Handler.
type ObjectHandler func(w http.ResponseWriter, r *http.Request, o *ObjectRequest) error

// ObjectVerb is a handler with the permission it needs, and maybe a query
// parameter that asks for it. Make one with Verb or VerbWith.
type ObjectVerb struct {
	need  access.Bits
	query string
	do    ObjectHandler
}

// Verb returns the verb that needs the permission need and is done by do.
func Verb(need access.Bits, do ObjectHandler) ObjectVerb { return ObjectVerb{need: need, do: do} }

// VerbWith is Verb for requests in which the query parameter has a value.
func VerbWith(parameter string, need access.Bits, do ObjectHandler) ObjectVerb {
	return ObjectVerb{need: need, query: parameter, do: do}
}

// ObjectActionHandler serves one action on an object, or on a bucket.
type ObjectActionHandler func(w http.ResponseWriter, r *http.Request, o *ObjectRequest, a *wire.Action) error

// ObjectAction is a handler for one action, with the permission it needs. Make
// one with ObjectAct.
type ObjectAction struct {
	need access.Bits
	do   ObjectActionHandler
}

// ObjectAct returns the action that needs the permission need and is done by do.
func ObjectAct(need access.Bits, do ObjectActionHandler) ObjectAction {
	return ObjectAction{need: need, do: do}
}

// ObjectRoutes are the verbs of objects. Of the verbs of one method, the first
// whose parameter is in the query serves the request; a verb without parameter
// comes last. A method without verbs answers 405.
type ObjectRoutes struct {
	Get, Head, Put, Delete, Patch []ObjectVerb

	Post       map[string]ObjectAction // by action, on /v1/objects/<bucket>/<object>
	BucketPost map[string]ObjectAction // by action, on /v1/objects/<bucket>
}

// Objects declares the routes of objects: /v1/objects/<bucket>/<object>, and
// its other spellings /ais/…, /gs/… and /az/…. Their paths do not go through
// ServeMux, which would redirect good names; see the comment of the package.
func (r *Router) Objects(routes ObjectRoutes) {
	if r.objects != nil {
		r.problems = append(r.problems, errors.New("objects are declared twice"))
		return
	}
	r.objects = &routes
}

// verbs returns the verbs of a method other than POST.
func (o *ObjectRoutes) verbs(method string) []ObjectVerb {
	switch method {
	case http.MethodGet:
		return o.Get
	case http.MethodHead:
		return o.Head
	case http.MethodPut:
		return o.Put
	case http.MethodDelete:
		return o.Delete
	case http.MethodPatch:
		return o.Patch
	}
	return nil
}

// verb returns the verb for a request, or nil.
func (o *ObjectRoutes) verb(method string, q Query) *ObjectVerb {
	verbs := o.verbs(method)
	for i := range verbs {
		if name := verbs[i].query; name == "" || q.Get(name) != "" {
			return &verbs[i]
		}
	}
	return nil
}

// Serve serves a request, other than POST, whose caller's rights were checked
// with the same routes. Errors: Method, and those of the verb.
func (o *ObjectRoutes) Serve(w http.ResponseWriter, r *http.Request, q *ObjectRequest) error {
	verb := o.verb(r.Method, q.Query)
	if verb == nil {
		return notAllowed(r, o.allow())
	}
	return verb.do(w, r, q)
}

// Act carries out an action whose caller's rights were checked with the same
// routes. Errors: Invalid (there is no such action), and those of the action.
func (o *ObjectRoutes) Act(w http.ResponseWriter, r *http.Request, q *ObjectRequest, a *wire.Action) error {
	table := o.Post
	if q.Object == "" {
		table = o.BucketPost
	}
	action, ok := table[a.Action]
	if !ok {
		return unknown("action", a.Action, r)
	}
	return action.do(w, r, q, a)
}

// Through returns the same routes with verbs and actions on objects that go
// through something first. Actions on buckets stay as they are.
func (o *ObjectRoutes) Through(verb func(ObjectHandler) ObjectHandler, action func(ObjectActionHandler) ObjectActionHandler) ObjectRoutes {
	through := func(verbs []ObjectVerb) []ObjectVerb {
		list := slices.Clone(verbs)
		for i := range list {
			list[i].do = verb(list[i].do)
		}
		return list
	}
	post := make(map[string]ObjectAction, len(o.Post))
	for name, a := range o.Post {
		post[name] = ObjectAction{need: a.need, do: action(a.do)}
	}
	return ObjectRoutes{
		Get: through(o.Get), Head: through(o.Head), Put: through(o.Put), Delete: through(o.Delete), Patch: through(o.Patch),
		Post: post, BucketPost: o.BucketPost,
	}
}

// allow returns the methods for the header Allow.
func (o *ObjectRoutes) allow() string {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPatch} {
		if len(o.verbs(method)) > 0 {
			methods = append(methods, method)
		}
	}
	if len(o.Post)+len(o.BucketPost) > 0 {
		methods = append(methods, http.MethodPost)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// easyPath returns the provider and the rest of a path that names a bucket in
// one of the short spellings.
func easyPath(path string) (provider, rest string, ok bool) {
	if rest, ok = strings.CutPrefix(path, "/ais/"); ok {
		return wire.ProviderAIS, rest, true
	}
	if rest, ok = strings.CutPrefix(path, "/gs/"); ok {
		return wire.ProviderGCP, rest, true
	}
	if rest, ok = strings.CutPrefix(path, "/az/"); ok {
		return wire.ProviderAzure, rest, true
	}
	return "", "", false
}

// serveObject serves a request for what path, "bucket/object", names. A
// provider that is not "" replaces the one in the query.
func (c *call) serveObject(path string, escaped bool, provider string) error {
	routes := c.edge.objects
	if c.measure = c.edge.measures.ofObjects(c.request.Method); c.measure == nil {
		return notAllowed(c.request, routes.allow())
	}
	q := QueryOf(c.request)
	if err := q.check(); err != nil {
		return c.invalid(err)
	}
	bucket, object, err := splitObject(path, escaped)
	if err != nil {
		return c.invalid(err)
	}
	if err := c.nameBucket(bucket, provider, q); err != nil {
		return err
	}
	if object != "" || c.request.Method != http.MethodPost {
		if err := wire.ValidateObjectName(object); err != nil {
			return err
		}
	}
	c.object.Object = object
	if c.request.Method == http.MethodPost {
		return c.actOnObject()
	}
	verb := routes.verb(c.request.Method, c.object.Query)
	if verb == nil {
		return notAllowed(c.request, routes.allow())
	}
	return c.doVerb(verb)
}

func (c *call) doVerb(verb *ObjectVerb) error {
	if err := c.admit(Public, gateRules{}); err != nil {
		return err
	}
	defer c.leave()
	if err := c.authorizeObject(verb.need); err != nil {
		return err
	}
	return verb.do(&c.response, c.request, &c.object)
}

// actOnObject serves POST, whose body names the action.
func (c *call) actOnObject() error {
	table := c.edge.objects.Post
	if c.object.Object == "" {
		table = c.edge.objects.BucketPost
	}
	if len(table) == 0 {
		return notAllowed(c.request, c.edge.objects.allow())
	}
	if err := c.admit(Public, gateRules{}); err != nil {
		return err
	}
	defer c.leave()
	message, err := DecodeAction(&c.response, c.request)
	if err != nil {
		return err
	}
	action, ok := table[message.Action]
	if !ok {
		return unknown("action", message.Action, c.request)
	}
	if err := c.authorizeObject(action.need); err != nil {
		return err
	}
	return action.do(&c.response, c.request, &c.object, message)
}

func (c *call) authorizeObject(need access.Bits) error {
	if err := c.authorize(true, need); err != nil {
		return err
	}
	c.object.Caller, c.object.Need = c.caller, need
	return nil
}

// nameBucket fills in query and bucket of the request.
func (c *call) nameBucket(name, provider string, q Query) error {
	if provider == "" {
		provider = q.Get(wire.QueryProvider)
	}
	namespace, err := wire.ParseNamespace(q.Get(wire.QueryNamespace))
	if err != nil {
		return err
	}
	c.object.Query = q
	c.object.Bucket, err = wire.Bucket{Name: name, Provider: provider, Namespace: namespace}.Normal()
	return err
}

func (c *call) invalid(cause error) error {
	return refusal(errs.Invalid, c.request, cause)
}
