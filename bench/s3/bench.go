package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"aistore/access"
	"aistore/api"
	"aistore/api/wire"
	"aistore/bench/load"
	"aistore/bench/nodes"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/units"
)

// The operations, as the flag names them.
const (
	opGet  = "get"
	opPut  = "put"
	opList = "list"
)

// The ways to do them.
const (
	wayNative = "native"
	wayS3     = "s3"
	waySigned = "s3-signed"
	wayOther  = "s3-other"

	// withoutSum is behind the name of a way to PUT whose MD5 is not counted.
	withoutSum = " less MD5"
)

func allWays() []string { return []string{wayNative, wayS3, waySigned, wayOther} }

const (
	bucketName = "bench-s3"
	// objectCount is how many objects of a size there are, of readSet bytes together
	// at most; each is read, and written over, again and again.
	objectCount = 64
	readSet     = 128 * units.MiB
	// listed is how many objects there are to list, and pageSize how many a page has.
	listed   = 2000
	pageSize = 1000
)

// bench is a cluster with its objects in place.
type bench struct {
	settings settings
	cluster  *nodes.Cluster
	client   *api.Client
	key      key
	owners   map[string]string // address by object
}

func newBench(ctx context.Context, s settings, c *nodes.Cluster) (*bench, error) {
	client, err := c.Client()
	if err != nil {
		return nil, err
	}
	b := &bench{settings: s, cluster: c, client: client, owners: map[string]string{}}
	if err := client.CreateBucket(ctx, bucket(), &wire.BucketPropsToSet{Durability: &s.durability}); err != nil {
		return nil, err
	}
	made, err := client.CreateS3Key(ctx, wire.S3Key{Access: uint64(access.All)})
	if err != nil {
		return nil, err
	}
	b.key = key{access: made.AccessKey, secret: made.Secret}
	return b, nil
}

func bucket() wire.Bucket { return wire.Bucket{Name: bucketName, Provider: wire.ProviderAIS} }

// measure runs all, round by round.
func (b *bench) measure(ctx context.Context) ([]report.Series, error) {
	var groups [][]*variant
	for _, operation := range b.settings.operations {
		if operation == opList {
			g, err := b.lists(ctx)
			if err != nil {
				return nil, err
			}
			groups = append(groups, g)
			continue
		}
		for _, size := range b.settings.sizes {
			g, err := b.objects(ctx, operation, size)
			if err != nil {
				return nil, err
			}
			groups = append(groups, g)
		}
	}
	for round := range b.settings.rounds {
		for _, g := range groups {
			order := slices.Clone(g)
			if round%2 == 1 {
				slices.Reverse(order) // whoever went first goes last
			}
			for _, v := range order {
				if err := v.sample(ctx, b.settings); err != nil {
					return nil, err
				}
			}
		}
	}
	var series []report.Series
	for _, g := range groups {
		for _, v := range g {
			series = append(series, v.Series)
		}
		series = append(series, sumRows(g)...)
	}
	return series, nil
}

// objects are the ways to do an operation on objects of a size, which are there.
func (b *bench) objects(ctx context.Context, operation string, size units.Size) ([]*variant, error) {
	data := make([]byte, size)
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(size))
	_, _ = rand.NewChaCha8(seed).Read(data) // never fails
	var names []string
	for i := range min(max(int(readSet/size), 4), objectCount) {
		name := fmt.Sprintf("%s-%d-%d", operation, size, i)
		if _, err := b.client.PutBytes(ctx, bucket(), name, data, api.PutOptions{}); err != nil {
			return nil, err
		}
		if err := b.findOwner(ctx, name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	title := map[string]string{opGet: "GET", opPut: "PUT " + b.settings.durability}[operation]
	var group []*variant
	for _, way := range b.settings.ways {
		if operation == opGet && way == waySigned {
			continue
		}
		sum := size
		if operation == opGet || way == wayNative {
			sum = 0
		}
		group = append(group, &variant{
			Series:  report.Series{Key: report.Key{Operation: title, Size: size, Variant: way}, Baseline: way == wayNative || way == wayS3, Compared: way == wayS3},
			servers: b.cluster.Meters(),
			sum:     sum,
			worker:  func() (load.Operation, func()) { return b.worker(operation, way, names, slices.Clone(data)) },
		})
	}
	return group, nil
}

// findOwner asks the proxy who owns an object.
func (b *bench) findOwner(ctx context.Context, name string) error {
	const op = "bench.findOwner"
	if b.owners[name] != "" {
		return nil
	}
	if len(b.cluster.Targets) == 1 {
		b.owners[name] = b.cluster.Targets[0].Address
		return nil
	}
	client := load.NewClient()
	defer client.Close()
	answer, err := client.Do(ctx, load.Request{Method: http.MethodHead, Address: b.cluster.Proxy.Address, Target: nativePath(name)})
	if err != nil {
		return err
	}
	to, err := url.Parse(answer.Location)
	if err != nil || to.Host == "" {
		return errs.E(op, name, errs.Invalid, fmt.Errorf("status %d with location %q", answer.Status, answer.Location))
	}
	b.owners[name] = to.Host
	return nil
}

// other is a node that does not own an object: the next target, or else the proxy.
func (b *bench) other(name string) string {
	for _, t := range b.cluster.Targets {
		if t.Address != b.owners[name] {
			return t.Address
		}
	}
	return b.cluster.Proxy.Address
}

func nativePath(name string) string {
	return "/v1/objects/" + bucketName + "/" + name + "?provider=ais"
}

// worker is one connection that does an operation again and again.
func (b *bench) worker(operation, way string, names []string, data []byte) (load.Operation, func()) {
	client := load.NewClient()
	method := map[string]string{opGet: http.MethodGet, opPut: http.MethodPut}[operation]
	signed := map[string]string{} // lines that sign a request whose content is not, by name
	do := func(ctx context.Context, i int64) (int64, error) {
		name := names[i%int64(len(names))]
		r := load.Request{Method: method, Address: b.owners[name], Target: nativePath(name)}
		if method == http.MethodPut {
			binary.LittleEndian.PutUint64(data, uint64(i))
			r.Body = data
		}
		if way != wayNative {
			r.Target = "/s3/" + bucketName + "/" + name
			if way == wayOther {
				r.Address = b.other(name)
			}
			if signed[name] == "" || way == waySigned {
				signed[name] = b.key.sign(&r, way == waySigned)
			}
			r.Header = signed[name]
		}
		answer, err := client.Do(ctx, r)
		if err == nil && (answer.Status/100 != 2 || method == http.MethodGet && answer.Bytes != int64(len(data))) {
			err = errs.E("bench.request", way+" "+name, errs.Invalid, fmt.Errorf("status %d with %d bytes", answer.Status, answer.Bytes))
		}
		return int64(len(data)), err
	}
	return do, func() { _ = client.Close() } // nothing is lost with it
}

// lists are the ways to list, of objects that are there.
func (b *bench) lists(ctx context.Context) ([]*variant, error) {
	for i := range listed {
		if _, err := b.client.PutBytes(ctx, bucket(), fmt.Sprintf("list/%05d", i), nil, api.PutOptions{}); err != nil {
			return nil, err
		}
	}
	key := report.Key{Operation: "LIST of 1000"}
	var group []*variant
	for way, list := range map[string]func(context.Context, *load.Client) error{wayNative: b.listNative, wayS3: b.listS3} {
		key.Variant = way
		group = append(group, &variant{
			Series:  report.Series{Key: key, Baseline: way == wayNative},
			servers: b.cluster.Meters(),
			worker: func() (load.Operation, func()) {
				client := load.NewClient()
				return func(ctx context.Context, _ int64) (int64, error) { return 0, list(ctx, client) }, func() { _ = client.Close() }
			},
		})
	}
	slices.SortFunc(group, func(a, b *variant) int { return len(a.Variant) - len(b.Variant) })
	slices.Reverse(group)
	return group, nil
}

func (b *bench) listNative(ctx context.Context, _ *load.Client) error {
	page, err := b.client.ListPage(ctx, bucket(), wire.ListRequest{Prefix: "list/", PageSize: pageSize, Props: "name,size,checksum,atime"})
	if err == nil && len(page.Entries) != pageSize {
		err = errs.E("bench.list", wayNative, errs.Invalid, fmt.Errorf("%d names", len(page.Entries)))
	}
	return err
}

func (b *bench) listS3(ctx context.Context, client *load.Client) error {
	r := load.Request{Method: http.MethodGet, Address: b.cluster.Proxy.Address, Target: "/s3/" + bucketName + "?list-type=2&prefix=list%2F"}
	r.Header = b.key.sign(&r, false)
	answer, err := client.Do(ctx, r)
	if err == nil && (answer.Status != http.StatusOK || answer.Bytes < pageSize*50) {
		err = errs.E("bench.list", wayS3, errs.Invalid, errors.New("no page of 1000 names"))
	}
	return err
}

// variant is one way to do one operation.
type variant struct {
	report.Series
	servers []load.Meter
	sum     units.Size      // of the content whose MD5 the nodes compute; 0 is none
	sums    []time.Duration // CPU time of that, by round
	next    atomic.Int64    // number of the next request, over all rounds
	worker  func() (do load.Operation, end func())
}

// sample measures once.
func (v *variant) sample(ctx context.Context, s settings) error {
	o := load.Options{Duration: s.duration, Servers: v.servers, Next: &v.next}
	for range s.workers {
		do, end := v.worker()
		defer end()
		o.Workers = append(o.Workers, do)
	}
	sample, err := load.Run(ctx, o)
	if err != nil {
		return errs.E("bench.sample", v.Key.String()+" "+v.Variant, "", err)
	}
	v.Samples = append(v.Samples, sample)
	if v.sum == 0 {
		return nil
	}
	sum, err := sumPrice(v.sum)
	v.sums = append(v.sums, sum)
	return err
}
