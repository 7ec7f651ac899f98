package apitest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// serve answers one request to one node.
func (c *Cluster) serve(id string, w http.ResponseWriter, r *http.Request) {
	if intercept := c.note(id, r); intercept != nil && intercept(Request{Node: id, W: w, R: r}) {
		return
	}
	c.mu.Lock()
	n := c.nodes[id]
	c.mu.Unlock()
	if n == nil {
		return // was removed
	}
	var err error
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, wire.PathObjects+"/"):
		err = c.objectCall(n, w, r)
	case strings.HasPrefix(path, wire.PathBuckets):
		err = c.bucketCall(w, r)
	case path == wire.PathHealth:
		w.Header().Set(wire.HeaderNodeUptime, decimal(int64(time.Hour)))
		w.Header().Set(wire.HeaderClusterUptime, decimal(int64(2*time.Hour)))
		err = c.health(w, r)
	case r.Method == http.MethodPut:
		err = c.configCall(w, r)
	case path == wire.PathDaemon, path == wire.PathReverse, path == wire.PathCluster:
		err = c.query(w, r)
	default:
		err = errs.E("fake", path, errs.NotFound, nil)
	}
	if err != nil {
		writeError(w, r, err)
	}
}

func (c *Cluster) health(w http.ResponseWriter, r *http.Request) error {
	if !wire.Bool(r.URL.Query().Get(wire.QueryNodeInfo)) {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	info := wire.NodeInfo{Flags: wire.StateHealthy}
	info.Smap.Version, info.Smap.UUID = c.version, "fakecluster"
	return writeJSON(w, info)
}

// query answers GET with what=, of the cluster and of nodes.
func (c *Cluster) query(w http.ResponseWriter, r *http.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var about *wire.Node
	if r.URL.Path == wire.PathReverse {
		n := c.nodes[r.Header.Get(wire.HeaderNodeID)]
		if n == nil {
			return errs.E("fake", "node "+r.Header.Get(wire.HeaderNodeID), errs.NotFound, nil)
		}
		if n.stopped {
			return errs.E("fake", "node "+n.wire.ID, errs.Unavailable, fmt.Errorf("connection refused"))
		}
		about = n.wire
	}
	switch selector := r.URL.Query().Get(wire.QueryWhat); selector {
	case wire.WhatSmap:
		return writeJSON(w, c.smap())
	case wire.WhatBMD:
		return writeJSON(w, c.bmd())
	case wire.WhatClusterConfig:
		return writeJSON(w, c.config)
	case wire.WhatConfig:
		file, _ := c.overrides[about.ID].On(c.fileOf(about.ID))
		return writeJSON(w, file)
	case wire.WhatConfigSettings:
		return writeJSON(w, c.settings(about))
	case wire.WhatNodeStatus:
		return writeJSON(w, c.status(about))
	case wire.WhatVersion:
		_, err := io.WriteString(w, "5.0.fake")
		return err
	case wire.WhatLog:
		_, err := io.WriteString(w, "I 07:08:09 started "+about.ID+"\n")
		return err
	default:
		return errs.E("fake", "what="+selector, errs.Invalid, nil)
	}
}

func (c *Cluster) bmd() *wire.BMD {
	m := &wire.BMD{UUID: "fakecluster", Version: c.version, Providers: map[string]map[string]map[string]*wire.BucketProps{}}
	for b, props := range c.props {
		spaces := m.Providers[b.Provider]
		if spaces == nil {
			spaces = make(map[string]map[string]*wire.BucketProps)
			m.Providers[b.Provider] = spaces
		}
		if spaces[b.Namespace.Uname()] == nil {
			spaces[b.Namespace.Uname()] = make(map[string]*wire.BucketProps)
		}
		spaces[b.Namespace.Uname()][b.Name] = &props
	}
	return m
}

func (c *Cluster) status(n *wire.Node) *wire.NodeStatus {
	s := &wire.NodeStatus{
		Status:     "online",
		Deployment: "dev",
		Version:    "5.0.fake",
		Node:       n,
		Tracker:    map[string]int64{"up.ns.time": int64(90 * time.Minute), "state.flags": int64(wire.StateHealthy)},
		SmapVer:    c.version,
	}
	s.System.MemUsed, s.System.MemAvailable, s.System.PctMemUsed = 1<<30, 3<<30, 25
	s.System.PctCPUUsed = 7
	s.System.LoadAverage = wire.LoadAverage{One: 0.5, Five: 0.25, Fifteen: 0.125}
	if n.IsTarget() {
		s.Capacity.TotalUsed, s.Capacity.TotalAvail = 10<<30, 90<<30
		s.Capacity.PctAvg = 10
	}
	return s
}

// bucketCall answers what is under /v1/buckets.
func (c *Cluster) bucketCall(w http.ResponseWriter, r *http.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := bucketOf(r, strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, wire.PathBuckets), "/"))
	var a wire.Action
	if r.Method != http.MethodHead {
		if err := jsonx.NewDecoder(r.Body).Decode(&a); err != nil {
			return errs.E("fake", "", errs.Invalid, err)
		}
	}
	if b.Name == "" {
		return writeJSON(w, c.listBuckets(r.URL.Query().Get(wire.QueryProvider), a.Name))
	}
	_, exists := c.buckets[b]
	if r.Method == http.MethodPost && a.Action == wire.ActionCreateBucket {
		if exists {
			return errs.BucketExists("fake", b.String())
		}
		return c.createWith(b, a)
	}
	if !exists {
		return errs.BucketNotFound("fake", b.String())
	}
	switch {
	case r.Method == http.MethodHead:
		text, err := jsonx.Marshal(c.props[b])
		w.Header().Set(wire.HeaderBucketProps, string(text))
		return err
	case a.Action == wire.ActionDestroyBucket:
		delete(c.buckets, b)
		delete(c.props, b)
		return nil
	case a.Action == wire.ActionSetBucketProps:
		return c.setProps(b, a)
	case a.Action == wire.ActionResetBucketProps:
		c.props[b] = wire.DefaultProps(b.Provider)
		return nil
	case a.Action == wire.ActionList:
		return c.listObjects(b, w, a)
	}
	return errs.E("fake", a.Action, errs.Invalid, nil)
}

func (c *Cluster) createWith(b wire.Bucket, a wire.Action) error {
	var set wire.BucketPropsToSet
	if err := a.Decode(&set); err != nil {
		return err
	}
	props, err := set.Apply(wire.DefaultProps(b.Provider))
	if err == nil {
		c.create(b, props)
	}
	return err
}

func (c *Cluster) setProps(b wire.Bucket, a wire.Action) error {
	var set wire.BucketPropsToSet
	if err := a.Decode(&set); err != nil {
		return err
	}
	props, err := set.Apply(c.props[b])
	if err == nil {
		c.props[b] = props
	}
	return err
}

func (c *Cluster) listBuckets(provider, name string) []wire.Bucket {
	buckets := []wire.Bucket{}
	for b := range c.buckets {
		if (provider == "" || b.Provider == provider) && (name == "" || b.Name == name) {
			buckets = append(buckets, b)
		}
	}
	slices.SortFunc(buckets, func(a, b wire.Bucket) int { return strings.Compare(a.String(), b.String()) })
	return buckets
}

// listObjects answers with a page in msgpack.
func (c *Cluster) listObjects(b wire.Bucket, w http.ResponseWriter, a wire.Action) error {
	request := wire.ListRequest{}
	if err := a.Decode(&request); err != nil {
		return err
	}
	if err := request.Validate(); err != nil {
		return err
	}
	selection, err := request.Selection()
	if err != nil {
		return err
	}
	limit := request.PageSize
	if limit == 0 {
		limit = wire.MaxPageSize(b.Provider)
	}
	page := wire.ListPage{UUID: "listing-1"}
	for _, name := range slices.Sorted(maps.Keys(c.buckets[b])) {
		if !strings.HasPrefix(name, request.Prefix) || name <= max(request.StartAfter, request.Continuation) {
			continue
		}
		if int64(len(page.Entries)) == limit {
			break
		}
		page.Entries = append(page.Entries, c.entry(b, name, selection))
	}
	if n := len(page.Entries); int64(n) == limit {
		page.Continuation = page.Entries[n-1].Name
	}
	w.Header().Set("Content-Type", wire.ContentMsgpack)
	return page.WriteMsg(w)
}

func (c *Cluster) entry(b wire.Bucket, name string, selection wire.Props) *wire.ListEntry {
	o := c.buckets[b][name]
	e := &wire.ListEntry{Name: name, Flags: wire.EntryCached}
	if selection.Has(wire.PropSize) {
		e.Size = int64(len(o.data))
	}
	if selection.Has(wire.PropChecksum) {
		e.Checksum = o.sum.Hex()
	}
	if selection.Has(wire.PropVersion) {
		e.Version = decimal(int64(o.version))
	}
	if selection.Has(wire.PropAtime) {
		e.Atime = wire.FormatTime(Atime(), "")
	}
	if selection.Has(wire.PropLocation) {
		e.Location = "t[" + o.holder + "]"
	}
	return e
}

// objectCall answers what is under /v1/objects: a proxy redirects.
func (c *Cluster) objectCall(n *node, w http.ResponseWriter, r *http.Request) error {
	bucket, name := splitObject(r.URL.Path)
	b := bucketOf(r, bucket)
	c.mu.Lock()
	_, exists := c.buckets[b]
	owner := c.owner(b, name)
	to := c.nodes[owner].wire
	version := c.version
	c.mu.Unlock()
	if n.wire != to && r.URL.Query().Get(wire.QueryProxyID) == "" {
		redirect(w, r, n.wire, to) // a proxy always, a target what is not its own
		return nil
	}
	w.Header().Set(wire.HeaderCallerMap, decimal(version))
	if !exists {
		return errs.BucketNotFound("fake", b.String())
	}
	if done, err := c.uploadCall(b, name, w, r); done {
		return err
	}
	if r.Method == http.MethodPut {
		return c.putObject(b, name, w, r)
	}
	c.mu.Lock()
	o := c.buckets[b][name]
	c.mu.Unlock()
	if o == nil || o.holder != n.wire.ID {
		return errs.ObjectNotFound("fake", b.ObjectString(name))
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		c.sendObject(o, w, r)
		return nil
	case http.MethodDelete:
		c.mu.Lock()
		delete(c.buckets[b], name)
		c.mu.Unlock()
		return nil
	case http.MethodPatch:
		return c.patchObject(o, r)
	}
	return errs.E("fake", r.Method, errs.Method, nil)
}

func redirect(w http.ResponseWriter, r *http.Request, from, to *wire.Node) {
	location := to.Public.URL + r.URL.EscapedPath() + "?" + r.URL.RawQuery + "&" + wire.QueryProxyID + "=" + from.ID + "&" + wire.QueryUnixTime + "=1"
	status := http.StatusTemporaryRedirect
	if r.Method == http.MethodGet {
		status = http.StatusMovedPermanently
	}
	w.Header().Set("Location", location)
	w.WriteHeader(status)
}

func (c *Cluster) putObject(b wire.Bucket, name string, w http.ResponseWriter, r *http.Request) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return errs.E("fake", "", errs.Invalid, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.store(b, name, data)
	if want := r.Header.Get(wire.HeaderChecksumValue); want != "" && r.Header.Get(wire.HeaderChecksumType) == string(o.sum.Kind) && want != o.sum.Hex() {
		delete(c.buckets[b], name)
		e := errs.E("fake", b.ObjectString(name), errs.Invalid, fmt.Errorf("checksum mismatch"))
		e.Code = errs.CodeChecksum
		return e
	}
	o.custom = customOf(r.Header[wire.HeaderCustom])
	w.Header().Set(wire.HeaderVersion, decimal(int64(o.version)))
	return nil
}

func (c *Cluster) patchObject(o *object, r *http.Request) error {
	var a wire.Action
	if err := jsonx.NewDecoder(r.Body).Decode(&a); err != nil {
		return errs.E("fake", "", errs.Invalid, err)
	}
	pairs := make(map[string]string)
	if err := a.Decode(&pairs); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.custom == nil || wire.Bool(r.URL.Query().Get(wire.QuerySetNewCustom)) {
		o.custom = make(map[string]string)
	}
	maps.Copy(o.custom, pairs)
	return nil
}

func (c *Cluster) sendObject(o *object, w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	h := w.Header()
	h.Set("Content-Type", wire.ContentBinary)
	h.Set(wire.HeaderChecksumType, string(o.sum.Kind))
	h.Set(wire.HeaderChecksumValue, o.sum.Hex())
	h.Set(wire.HeaderVersion, decimal(int64(o.version)))
	h.Set(wire.HeaderAtime, decimal(Atime().UnixNano()))
	for _, key := range slices.Sorted(maps.Keys(o.custom)) {
		h.Add(wire.HeaderCustom, key+"="+o.custom[key])
	}
	if r.Method == http.MethodHead {
		h.Set(wire.HeaderPresent, "true")
		h.Set(wire.HeaderLocation, "t["+o.holder+"]:mp[/mp1]")
		h.Set(wire.HeaderCopies, "1")
		h.Set(wire.HeaderCopyPaths, "[/mp1]")
	}
	data := o.data
	c.mu.Unlock()
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

func customOf(lines []string) map[string]string {
	pairs := make(map[string]string)
	for _, line := range lines {
		key, value, _ := strings.Cut(line, "=")
		pairs[key] = value
	}
	return pairs
}

func writeJSON(w http.ResponseWriter, v any) error {
	text, err := jsonx.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", wire.ContentJSON)
	_, err = w.Write(text)
	return err
}

// Fail answers a request with an error, as a server does.
func (r Request) Fail(err error) { writeError(r.W, r.R, err) }

func writeError(w http.ResponseWriter, r *http.Request, err error) {
	body, _ := jsonx.Marshal(errs.ToWire(err, errs.Wire{Method: r.Method, URLPath: r.URL.Path, Node: "fake"}))
	w.Header().Set("Content-Type", wire.ContentJSON)
	if after := errs.RetryAfterOf(err); after > 0 {
		w.Header().Set("Retry-After", decimal(int64((after+time.Second-1)/time.Second)))
	}
	if r.Method == http.MethodHead {
		w.Header().Set(wire.HeaderError, string(body))
	}
	w.WriteHeader(errs.KindOf(err).Status())
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}
