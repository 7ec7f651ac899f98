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
	"strings"

	"aistore/access"
	"aistore/api"
	"aistore/api/wire"
	"aistore/bench/load"
	"aistore/bench/measure"
	"aistore/bench/nodes"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/checksum"
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

	// wayMD5 is wayNative to a bucket whose checksum is MD5: what lies between the two
	// is the price of one.
	wayMD5 = "native, MD5"

	// withoutSum is behind the name of a way to PUT whose MD5 is not counted.
	withoutSum = " less MD5"
)

func allWays() []string { return []string{wayNative, wayS3, waySigned, wayOther} }

const (
	bucketName = "bench-s3"
	md5Name    = "bench-s3-md5"
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
	owners   map[string]string // address by path of an object, behind the name of its bucket
}

func newBench(ctx context.Context, s settings, c *nodes.Cluster) (*bench, error) {
	client, err := c.Client()
	if err != nil {
		return nil, err
	}
	b := &bench{settings: s, cluster: c, client: client, owners: map[string]string{}}
	for name, kind := range map[string]checksum.Kind{bucketName: checksum.XXHash2, md5Name: checksum.MD5} {
		props := &wire.BucketPropsToSet{Durability: &s.durability, Checksum: &wire.ChecksumPropsToSet{Type: new(string(kind))}}
		if err := client.CreateBucket(ctx, bucket(name), props); err != nil {
			return nil, err
		}
	}
	made, err := client.CreateS3Key(ctx, wire.S3Key{Access: uint64(access.All)})
	if err != nil {
		return nil, err
	}
	b.key = key{access: made.AccessKey, secret: made.Secret}
	return b, nil
}

func bucket(name string) wire.Bucket { return wire.Bucket{Name: name, Provider: wire.ProviderAIS} }

// measure runs all, round by round, and tells what an MD5 costs for each size of PUT.
func (b *bench) measure(ctx context.Context) ([]report.Series, []sumPrice, error) {
	var groups [][]*measure.Variant
	for _, operation := range b.settings.operations {
		if operation == opList {
			g, err := b.lists(ctx)
			if err != nil {
				return nil, nil, err
			}
			groups = append(groups, g)
			continue
		}
		for _, size := range b.settings.sizes {
			g, err := b.objects(ctx, operation, size)
			if err != nil {
				return nil, nil, err
			}
			groups = append(groups, g)
		}
	}
	if err := measure.Rounds(ctx, &b.settings.Settings, groups, nil); err != nil {
		return nil, nil, err
	}
	var series []report.Series
	var prices []sumPrice
	for _, g := range groups {
		for _, v := range g {
			series = append(series, v.Series)
		}
		price, found, err := priceOf(g)
		if err != nil {
			return nil, nil, err
		}
		if found {
			prices = append(prices, price)
			series = append(series, price.rows(g)...)
		}
	}
	return series, prices, nil
}

// objects are the ways to do an operation on objects of a size, which are there.
func (b *bench) objects(ctx context.Context, operation string, size units.Size) ([]*measure.Variant, error) {
	data := make([]byte, size)
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(size))
	_, _ = rand.NewChaCha8(seed).Read(data) // never fails
	title := map[string]string{opGet: "GET", opPut: "PUT " + b.settings.durability}[operation]
	var group []*measure.Variant
	for _, way := range b.settings.waysTo(operation) {
		paths, err := b.prepare(ctx, bucketOf(way), fmt.Sprintf("%s-%d", operation, size), data)
		if err != nil {
			return nil, err
		}
		group = append(group, &measure.Variant{
			Series:  report.Series{Key: report.Key{Operation: title, Size: size, Variant: way}, Baseline: way == wayNative || way == wayS3, Compared: way == wayS3},
			Servers: b.cluster.Meters(),
			Worker:  func() (load.Operation, func(), error) { return b.worker(operation, way, paths, slices.Clone(data)) },
		})
	}
	return group, nil
}

// waysTo are the ways to do an operation, and the one that tells the price of an MD5
// where that is computed.
func (s *settings) waysTo(operation string) []string {
	if operation == opPut && slices.ContainsFunc(s.ways, isS3) {
		return slices.Concat(s.ways, []string{wayMD5})
	}
	return slices.DeleteFunc(slices.Clone(s.ways), func(way string) bool { return operation == opGet && way == waySigned })
}

func isS3(way string) bool { return strings.HasPrefix(way, wayS3) }

// bucketOf is the bucket that a way goes to.
func bucketOf(way string) string {
	if way == wayMD5 {
		return md5Name
	}
	return bucketName
}

// prepare puts objects into a bucket, finds their owners, and returns their paths,
// behind the name of the bucket.
func (b *bench) prepare(ctx context.Context, bucketName, prefix string, data []byte) ([]string, error) {
	var paths []string
	for i := range min(max(int(readSet)/len(data), 4), objectCount) {
		name := fmt.Sprintf("%s-%d", prefix, i)
		path := bucketName + "/" + name
		paths = append(paths, path)
		if b.owners[path] != "" {
			continue // for another way
		}
		if _, err := b.client.PutBytes(ctx, bucket(bucketName), name, data, api.PutOptions{}); err != nil {
			return nil, err
		}
		if err := b.findOwner(ctx, path); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// findOwner asks the proxy who owns an object.
func (b *bench) findOwner(ctx context.Context, path string) error {
	const op = "bench.findOwner"
	if len(b.cluster.Targets) == 1 {
		b.owners[path] = b.cluster.Targets[0].Address
		return nil
	}
	client := load.NewClient()
	defer client.Close()
	answer, err := client.Do(ctx, load.Request{Method: http.MethodHead, Address: b.cluster.Proxy.Address, Target: nativePath(path)})
	if err != nil {
		return err
	}
	to, err := url.Parse(answer.Location)
	if err != nil || to.Host == "" {
		return errs.E(op, path, errs.Invalid, fmt.Errorf("status %d with location %q", answer.Status, answer.Location))
	}
	b.owners[path] = to.Host
	return nil
}

// other is a node that does not own an object: the next target, or else the proxy.
func (b *bench) other(path string) string {
	for _, t := range b.cluster.Targets {
		if t.Address != b.owners[path] {
			return t.Address
		}
	}
	return b.cluster.Proxy.Address
}

func nativePath(path string) string { return "/v1/objects/" + path + "?provider=ais" }

// worker is one connection that does an operation again and again.
func (b *bench) worker(operation, way string, paths []string, data []byte) (load.Operation, func(), error) {
	client := load.NewClient()
	method := map[string]string{opGet: http.MethodGet, opPut: http.MethodPut}[operation]
	signed := map[string]string{} // lines that sign a request whose content is not, by path
	do := func(ctx context.Context, i int64) (int64, error) {
		path := paths[i%int64(len(paths))]
		r := load.Request{Method: method, Address: b.owners[path], Target: nativePath(path)}
		if method == http.MethodPut {
			binary.LittleEndian.PutUint64(data, uint64(i))
			r.Body = data
		}
		if isS3(way) {
			r.Target = "/s3/" + path
			if way == wayOther {
				r.Address = b.other(path)
			}
			if signed[path] == "" || way == waySigned {
				signed[path] = b.key.sign(&r, way == waySigned)
			}
			r.Header = signed[path]
		}
		answer, err := client.Do(ctx, r)
		if err == nil && (answer.Status/100 != 2 || method == http.MethodGet && answer.Bytes != int64(len(data))) {
			err = errs.E("bench.request", way+" "+path, errs.Invalid, fmt.Errorf("status %d with %d bytes", answer.Status, answer.Bytes))
		}
		return int64(len(data)), err
	}
	return do, func() { _ = client.Close() }, nil // nothing is lost with it
}

// lists are the ways to list, of objects that are there.
func (b *bench) lists(ctx context.Context) ([]*measure.Variant, error) {
	for i := range listed {
		if _, err := b.client.PutBytes(ctx, bucket(bucketName), fmt.Sprintf("list/%05d", i), nil, api.PutOptions{}); err != nil {
			return nil, err
		}
	}
	key := report.Key{Operation: "LIST of 1000"}
	var group []*measure.Variant
	for way, list := range map[string]func(context.Context, *load.Client) error{wayNative: b.listNative, wayS3: b.listS3} {
		key.Variant = way
		group = append(group, &measure.Variant{
			Series:  report.Series{Key: key, Baseline: way == wayNative},
			Servers: b.cluster.Meters(),
			Worker: func() (load.Operation, func(), error) {
				client := load.NewClient()
				return func(ctx context.Context, _ int64) (int64, error) { return 0, list(ctx, client) }, func() { _ = client.Close() }, nil
			},
		})
	}
	slices.SortFunc(group, func(a, b *measure.Variant) int { return len(a.Variant) - len(b.Variant) })
	slices.Reverse(group)
	return group, nil
}

func (b *bench) listNative(ctx context.Context, _ *load.Client) error {
	page, err := b.client.ListPage(ctx, bucket(bucketName), wire.ListRequest{Prefix: "list/", PageSize: pageSize, Props: "name,size,checksum,atime"})
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
