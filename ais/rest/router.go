package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"aistore/access"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/metrics"
)

// Handler reads a request, calls one verb, and writes the answer. It may return
// an error at any time: as long as it has written nothing, the router answers
// with the error; after that the router cuts the connection.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Options connects a Router with its node. The zero value of each field works.
type Options struct {
	// Node is shown in errors, as "p[id]" or "t[id]".
	Node string

	// Signer verifies calls between nodes and redirects. Without one there are
	// none: nobody is a node, and no redirect grants anything.
	Signer *Signer

	// Identify says who sent a request that is not signed by a node. It answers
	// access.Nobody when no authentication is configured, and an Unauthenticated
	// error when it is and the request carries no valid token. Nil means Nobody.
	Identify func(*http.Request) (access.Identity, error)

	// BucketAccess says what a bucket allows. A NotFound error leaves the
	// request to its handler, which then says so; other errors are answered.
	// Nil means that every bucket allows all.
	BucketAccess func(wire.Bucket) (access.BucketAccess, error)

	// Throttle says how a request to a bucket takes its turn: the function that it
	// returns answers Throttled when there are too many. Nil, and a nil function,
	// mean that there is no limit.
	Throttle func(b wire.Bucket, need access.Bits) (take func() error)

	// Map is told the version of the cluster map that the sender of a request
	// had, when the request says so. It may catch up first, or refuse with an
	// error. Versions of callers that are not nodes may be invented. Nil means
	// that versions are ignored.
	Map func(ctx context.Context, c Caller, version int64) error

	// Ready returns an Unavailable error as long as the node cannot serve the
	// public and the data network. Nil means always ready.
	Ready func() error

	// NotFound serves paths that no route takes, with the network checks still
	// to be done. Nil answers 404.
	NotFound http.Handler

	// Config is where bounds and times come from, for each request anew. Nil is
	// the default configuration.
	Config *config.Live[config.Cluster]

	Log     *slog.Logger   // nil discards
	Metrics *metrics.Scope // nil counts for nobody
}

// Router is the HTTP edge of a node. Declare all routes, then take the handler
// for each listener with Handler. See the comment of the package.
type Router struct {
	options  Options
	log      *slog.Logger
	measures *measures
	gates    [networkCount]*gate
	clients  *clients
	routes   []*route
	patterns map[string]bool
	objects  *ObjectRoutes
	dialects []*dialect
	root     *dialect // the one without prefix, or nil
	problems []error
	warned   atomic.Int64 // unix seconds of the last warning about forgery
}

// route is one pattern of the ServeMux.
type route struct {
	network Network
	pattern string
	bucket  bool // the pattern has {bucket}
	open    bool // on Control: callers that are no nodes are welcome
	always  bool // served while the node starts and drains
	choose  chooser
}

// chooser finds the handler for a request, and the permission it needs.
type chooser func(w http.ResponseWriter, r *http.Request) (access.Bits, Handler, error)

// New returns a router without routes.
func New(o Options) *Router {
	o.Config = orDefault(o.Config)
	r := &Router{options: o, log: o.Log, patterns: map[string]bool{}, clients: newClients()}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.measures = newMeasures(o.Metrics)
	for _, n := range []Network{Public, Control, Data} {
		r.gates[n.index()] = newGate(n, o.Metrics)
	}
	return r
}

// Handle declares a route of clients: a method and a path, as "GET /v1/daemon"
// or "HEAD /v1/buckets/{bucket}", and the permission it needs. A route for GET
// serves HEAD as well. Where the path has {bucket}, the permission is that on
// the bucket, and BucketOf returns it.
func (r *Router) Handle(pattern string, need access.Bits, h Handler) {
	r.add(&route{network: Public, pattern: pattern, choose: always(need, h)})
}

// HandleAlways is Handle for what is answered also while the node starts,
// shuts down, or has too much to do: health and metrics.
func (r *Router) HandleAlways(pattern string, need access.Bits, h Handler) {
	r.add(&route{network: Public, pattern: pattern, always: true, choose: always(need, h)})
}

// Actions declares a route of clients whose body names an action: one of those
// in table, else the answer is 400. An empty body is the action "".
func (r *Router) Actions(pattern string, table map[string]Action) {
	choose := func(w http.ResponseWriter, req *http.Request) (access.Bits, Handler, error) {
		message, err := DecodeAction(w, req)
		if err != nil {
			return 0, nil, err
		}
		action, ok := table[message.Action]
		if !ok {
			return 0, nil, unknown("action", message.Action, req)
		}
		return action.need, func(w http.ResponseWriter, r *http.Request) error { return action.do(w, r, message) }, nil
	}
	r.add(&route{network: Public, pattern: pattern, choose: choose})
}

// Choice is a handler with the permission it needs. Make one with Choose.
type Choice struct {
	need access.Bits
	do   Handler
}

// Choose returns the choice that needs the permission need and is done by do.
func Choose(need access.Bits, do Handler) Choice { return Choice{need: need, do: do} }

// What declares a route of clients whose query parameter "what" says what is
// asked for: one of those in table, else the answer is 400.
func (r *Router) What(pattern string, table map[string]Choice) {
	choose := func(_ http.ResponseWriter, req *http.Request) (access.Bits, Handler, error) {
		what := QueryOf(req).Get(wire.QueryWhat)
		choice, ok := table[what]
		if !ok {
			return 0, nil, unknown("value of what", what, req)
		}
		return choice.need, choice.do, nil
	}
	r.add(&route{network: Public, pattern: pattern, choose: choose})
}

// Control declares a route between nodes on the control network. Only requests
// that a node has signed are served.
func (r *Router) Control(pattern string, h Handler) {
	r.add(&route{network: Control, pattern: pattern, choose: always(access.IntraCluster, h)})
}

// ControlOpen is Control for what a node asks that has no cluster key yet, such
// as to join. The handler decides whom it trusts; CallerOf names the node if
// the request was signed after all.
func (r *Router) ControlOpen(pattern string, h Handler) {
	r.add(&route{network: Control, pattern: pattern, open: true, choose: always(access.None, h)})
}

// Data declares a route between nodes on the data network. Only requests that a
// node has signed are served.
func (r *Router) Data(pattern string, h Handler) {
	r.add(&route{network: Data, pattern: pattern, choose: always(access.IntraCluster, h)})
}

// Drain refuses new requests on the networks n with 503 and lets those in
// flight finish. It returns when none is left, or with the cause of ctx.
func (r *Router) Drain(ctx context.Context, n Network) error {
	var all []error
	for _, one := range []Network{Public, Control, Data} {
		if n&one != 0 {
			r.gates[one.index()].draining.Store(true)
		}
	}
	for _, one := range []Network{Public, Control, Data} {
		if n&one != 0 {
			all = append(all, r.gates[one.index()].drain(ctx))
		}
	}
	return errors.Join(all...)
}

// Authorize tells whether c may do need with bucket b. Handlers ask it about
// buckets other than the one in the path, such as the destination of a copy.
// Errors: Unauthenticated, Forbidden, and those of Options.BucketAccess.
func (r *Router) Authorize(c Caller, b wire.Bucket, need access.Bits) error {
	if c.Granted != 0 && c.Granted.Has(need) {
		return nil
	}
	if r.options.BucketAccess == nil {
		return access.Allowed(c.Identity, nil, need)
	}
	allows, err := r.options.BucketAccess(b)
	switch {
	case err == nil:
		return access.Allowed(c.Identity, &allows, need)
	case errs.KindOf(err) == errs.NotFound:
		return access.Allowed(c.Identity, nil, need)
	}
	return err
}

// Handler returns the handler for a listener that serves the networks n, after
// all routes have been declared. Errors: Internal (a pattern is malformed, or
// declared twice).
func (r *Router) Handler(n Network) (http.Handler, error) {
	e := &edge{Router: r, networks: n, mux: http.NewServeMux()}
	problems := slices.Clone(r.problems)
	for _, one := range r.routes {
		if err := register(e.mux, one); err != nil {
			problems = append(problems, err)
		}
		if base, ok := strings.CutSuffix(one.pattern, "/{bucket}"); ok {
			e.bases = append(e.bases, base)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, errs.E("rest.Handler", "", errs.Internal, err)
	}
	return e, nil
}

// register adds one route to mux, which panics at patterns it does not like.
func register(mux *http.ServeMux, one *route) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("pattern %q: %v", one.pattern, p)
		}
	}()
	mux.Handle(one.pattern, one)
	return nil
}

func (r *Router) add(one *route) {
	if err := checkPattern(one.pattern); err != nil {
		r.problems = append(r.problems, fmt.Errorf("pattern %q: %w", one.pattern, err))
		return
	}
	if r.patterns[one.pattern] {
		r.problems = append(r.problems, fmt.Errorf("pattern %q is declared twice", one.pattern))
		return
	}
	r.patterns[one.pattern] = true
	one.bucket = strings.Contains(one.pattern, "{bucket}")
	r.routes = append(r.routes, one)
}

func checkPattern(pattern string) error {
	method, path, found := strings.Cut(pattern, " ")
	switch {
	case !found || method == "":
		return errors.New("it has no method")
	case !strings.HasPrefix(path, "/"):
		return errors.New("its path does not begin with a slash")
	case strings.HasSuffix(path, "/"):
		return errors.New("its path ends with a slash; clients may add one anyway")
	case strings.HasPrefix(path+"/", objectsPrefix):
		return errors.New("objects are declared with Objects")
	}
	if _, _, ok := easyPath(path + "/"); ok {
		return errors.New("the path is a spelling of objects")
	}
	return nil
}

// always chooses the same handler for every request.
func always(need access.Bits, h Handler) chooser {
	return func(http.ResponseWriter, *http.Request) (access.Bits, Handler, error) { return need, h, nil }
}

func unknown(what, name string, r *http.Request) error {
	return refusal(errs.Invalid, r, fmt.Errorf("unknown %s %.64q", what, name))
}

// InFlight returns how many requests are being served on the networks n.
func (r *Router) InFlight(n Network) int64 {
	var sum int64
	for _, one := range []Network{Public, Control, Data} {
		if n&one != 0 {
			sum += r.gates[one.index()].inFlight.Load()
		}
	}
	return sum
}
