package rest

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"aistore/access"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
)

// call is one request on its way through an edge. It is one allocation, and
// holds all that the router needs for a request. It is not used again: a
// handler that keeps its ObjectRequest must not see that of somebody else.
type call struct {
	edge     *edge
	config   *config.Cluster
	request  *http.Request
	start    time.Time
	measure  *verb
	dialect  *dialect   // nil: errors are written as JSON
	gate     *gate      // entered and not yet left
	address  netip.Addr // counted and not yet left, where clients are bounded
	caller   Caller
	unknown  error // why the caller could not be identified
	err      error // what a handler behind ServeMux returned
	object   ObjectRequest
	body     body
	response response
}

func newCall(e *edge, w http.ResponseWriter, r *http.Request) *call {
	c := &call{edge: e, request: r, start: time.Now(), config: e.options.Config.Get()}
	progress := time.Duration(c.config.Timeout.Object)
	c.response.call, c.response.jsonBytes = c, int64(c.config.Limits.JSONBody)
	c.response.wrap(w, progress, c.start)
	if r.Body != nil && r.Body != http.NoBody {
		c.body.inner, c.body.window = r.Body, progress
		c.body.stop, _ = w.(readDeadliner)
		if progress > 0 {
			c.body.deadline = c.body.stop
		}
		r.Body = &c.body
	}
	return c
}

// gateRules say what does not hold for a route.
type gateRules struct {
	open   bool // callers that are no nodes are welcome on Control
	always bool // served while the node starts and drains
}

// admit lets the request in on the network of its route, or tells why not.
// Whoever it let in must leave.
func (c *call) admit(n Network, rules gateRules) error {
	gate := c.edge.gates[n.index()]
	if err := gate.enter(c.mostRequests(n), rules.always); err != nil {
		return err
	}
	c.gate = gate
	if err := c.inspect(n, rules); err != nil {
		c.leave()
		return err
	}
	return nil
}

// mostRequests returns how many requests may be in flight on network n.
func (c *call) mostRequests(n Network) int {
	limits := &c.config.Limits
	return [networkCount]int{limits.Requests, limits.ControlRequests, limits.DataRequests}[n.index()]
}

func (c *call) leave() {
	if c.gate != nil {
		c.gate.leave()
		c.gate = nil
	}
	if c.address.IsValid() {
		c.edge.clients.leave(c.address)
		c.address = netip.Addr{}
	}
}

// admitClient bounds the requests of one address of clients.
func (c *call) admitClient() (err error) {
	if most := c.config.Limits.PerClient; most > 0 && c.caller.Identity.Node() == "" {
		c.address, err = c.edge.clients.enter(c.request.RemoteAddr, most)
	}
	return err
}

func (c *call) inspect(n Network, rules gateRules) error {
	if ready := c.edge.options.Ready; ready != nil && !rules.always && n != Control {
		if err := ready(); err != nil {
			return err
		}
	}
	if err := c.identify(n, rules.open); err != nil {
		return err
	}
	if n == Public && !rules.always {
		if err := c.admitClient(); err != nil {
			return err
		}
	}
	return c.tellMap()
}

// identify finds out who sent the request, and refuses those who must be nodes
// and are not, and those who say that they are.
func (c *call) identify(n Network, open bool) error {
	r := c.request
	if err := c.identifyNode(); err != nil && !(open && c.edge.networks&n != 0) {
		return c.refuse(err)
	}
	isNode := c.caller.Identity.Node() != ""
	switch {
	case n != Public && c.edge.networks&n == 0:
		return c.refuse(refusal(errs.Forbidden, r, errWrongNetwork))
	case !isNode && !open && (n != Public || c.edge.networks&Public == 0) && !c.wasSentHere(n):
		return c.refuse(refusal(errs.Forbidden, r, errNotNode))
	case isNode || n != Public || c.edge.options.Identify == nil:
		return nil
	}
	c.caller.Identity, c.unknown = c.edge.options.Identify(r)
	return nil
}

// wasSentHere reports whether a gateway has sent a client of the cluster's own
// network to the data listener for an object: by a redirect that it signed.
func (c *call) wasSentHere(n Network) bool {
	if n != Public || c.edge.networks&Data == 0 || c.object.Object == "" || c.edge.options.Signer == nil {
		return false
	}
	_, err := c.edge.options.Signer.VerifyRedirect(c.request)
	return err == nil
}

// identifyNode finds out which node sent the request, if it says that one did.
// Errors: Forbidden, Unavailable (no key yet).
func (c *call) identifyNode() error {
	r, signer := c.request, c.edge.options.Signer
	switch {
	case !claimsNode(r.Header):
		return nil
	case signer == nil:
		return nil
	case !isSigned(r.Header):
		return refusal(errs.Forbidden, r, errNotNode)
	}
	verify := signer.VerifyCaller
	if c.dialect != nil {
		verify = signer.VerifyPassed // the dialect says on whose behalf
	}
	node, err := verify(r)
	if err == nil {
		c.caller.Identity = access.NodeIdentity(node)
	}
	return err
}

// Reasons to refuse a call between nodes.
var (
	errWrongNetwork = errors.New("this call belongs on another network of the node")
	errNotNode      = errors.New("only nodes of this cluster may call this")
	errNodeHere     = errors.New("this listener is for clients: nodes call each other on the control and the data network")
)

// refuse counts a request that is not, as it claims or has to be, from a node,
// and logs at most one per second.
func (c *call) refuse(err error) error {
	if errs.KindOf(err) != errs.Forbidden && !isEarly(err) {
		return err
	}
	c.edge.measures.forged.Inc()
	now, last := c.start.Unix(), c.edge.warned.Load()
	if now > last && c.edge.warned.CompareAndSwap(last, now) {
		c.edge.log.Warn("request refused that must come from a node", "from", c.request.RemoteAddr,
			"method", c.request.Method, "path", shown(c.request.URL.Path), "err", err)
	}
	return err
}

// tellMap passes on which version of the cluster map the sender had.
func (c *call) tellMap() error {
	tell := c.edge.options.Map
	if tell == nil {
		return nil
	}
	version := c.mapVersion()
	if version <= 0 {
		return nil
	}
	return tell(c.request.Context(), c.caller, version)
}

func (c *call) mapVersion() int64 {
	if values := c.request.Header[wire.HeaderCallerMap]; len(values) > 0 {
		return parseVersion(values[0])
	}
	return parseVersion(lastMark(c.request.URL.RawQuery, wire.QueryMap))
}

// authorize tells whether the caller may do need, with the bucket that the
// request names if ofBucket. A caller that may not by itself may by the redirect
// that sent it here.
func (c *call) authorize(ofBucket bool, need access.Bits) error {
	if need == access.None {
		return nil
	}
	err := c.unknown
	switch {
	case err != nil:
	case ofBucket:
		err = c.edge.Authorize(c.caller, c.object.Bucket, need)
	default:
		err = access.Allowed(c.caller.Identity, nil, need)
	}
	signer := c.edge.options.Signer
	if err == nil && ofBucket {
		return c.throttle(need)
	}
	if err == nil || signer == nil || need.Has(access.IntraCluster) {
		return err
	}
	grant, grantErr := signer.VerifyRedirect(c.request)
	if grantErr != nil || !grant.Rights.Has(need) {
		return err
	}
	c.caller.Granted = grant.Rights &^ access.IntraCluster
	return nil
}

// throttle refuses a request that its bucket has no room for now. One of a node
// is not counted, nor one that another node has counted and sent or passed on here.
func (c *call) throttle(need access.Bits) error {
	limit := c.edge.options.Throttle
	if limit == nil || c.caller.Identity.Node() != "" || c.object.Passed {
		return nil
	}
	take := limit(c.object.Bucket, need)
	if take == nil {
		return nil
	}
	if signer := c.edge.options.Signer; signer != nil {
		if grant, err := signer.VerifyRedirect(c.request); err == nil && grant.Rights.Has(need) {
			return nil
		}
	}
	return take()
}

// end finishes the request, however its handler ended.
func (c *call) end() {
	p := recover()
	c.leave()
	c.body.limitDrain()
	if c.body.inner != nil {
		c.request.Body = c.body.inner // so that net/http sees how much of it is left
	}
	cut := false
	if p != nil {
		cut = c.recovered(p)
	}
	if !cut {
		c.linger()
	}
	c.response.renew() // for what net/http has yet to send
	if c.measure != nil {
		c.measure.done(time.Since(c.start), c.body.received+c.response.sent, c.err)
	}
	if cut {
		mustCut(http.ErrAbortHandler)
	}
}

// lingerTime is how long a client that sends on has to read its answer: as long as
// net/http gives it.
const lingerTime = 500 * time.Millisecond

// linger keeps the connection for a moment when the answer comes before the body
// has: the client would find it reset and never see the answer. net/http does so
// itself, but not for bodies that it was asked to agree to.
func (c *call) linger() {
	rest := c.body.inner != nil && c.body.received > 0 && (!c.body.ended || c.body.cut.Load())
	if !rest || c.request.Header["Expect"] == nil {
		return
	}
	if http.NewResponseController(c.response.ResponseWriter).Flush() != nil {
		return
	}
	<-time.After(lingerTime) // the context of the request has ended with the body
}

// fail answers with err, or cuts the connection when the answer has begun.
func (c *call) fail(err error) {
	c.err = err
	if c.response.status != 0 {
		Abort(err)
	}
	switch errs.KindOf(err) {
	case errs.Internal, errs.Corrupt:
		c.log(slog.LevelError, "request failed", err)
	default:
		c.log(slog.LevelDebug, "request refused", err)
	}
	c.answer(err)
}

// answer writes err in the words of the door that the request came through.
func (c *call) answer(err error) {
	if c.dialect != nil {
		explain(c.response.Header(), errs.KindOf(err), err)
		c.dialect.WriteError(&c.response, c.request, &c.object, err)
		return
	}
	writeError(&c.response, c.request, err, errs.Wire{Caller: c.caller.Identity.Node(), Node: c.edge.options.Node})
}

// recovered deals with a panic and tells whether the connection must be cut.
func (c *call) recovered(p any) (cut bool) {
	if gone, ok := p.(aborted); ok {
		c.err = gone.cause
		c.edge.measures.aborted.Inc()
		c.log(slog.LevelDebug, "answer cut off", gone.cause)
		return true
	}
	if p == http.ErrAbortHandler {
		c.err = http.ErrAbortHandler
		c.edge.measures.aborted.Inc()
		return true
	}
	c.edge.measures.panics.Inc()
	c.err = refusal(errs.Internal, c.request, errFault)
	c.edge.log.Error("request met a fault of ours", "method", c.request.Method,
		"path", shown(c.request.URL.Path), "panic", p, "stack", string(debug.Stack()))
	if c.response.status != 0 {
		return true
	}
	c.answer(c.err)
	return false
}

var errFault = errors.New("the node met a fault of its own while serving this request; its log tells more")

func (c *call) log(level slog.Level, text string, err error) {
	if ctx := c.request.Context(); c.edge.log.Enabled(ctx, level) {
		c.edge.log.Log(ctx, level, text, "method", c.request.Method, "path", shown(c.request.URL.Path), "err", err)
	}
}
