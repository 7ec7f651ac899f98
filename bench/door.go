package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"aistore/api"
	"aistore/api/wire"
	"aistore/bench/load"
	"aistore/errs"
)

// door is one connection's way to the objects of a server. It belongs to one
// goroutine.
type door interface {
	// Get reads a whole object into sink and returns its size.
	Get(ctx context.Context, name string, sink io.Writer) (int64, error)
	// Head asks for all that HEAD tells of an object, HeadSize for its size.
	Head(ctx context.Context, name string) error
	HeadSize(ctx context.Context, name string) error
	Put(ctx context.Context, name string, body []byte) error
	Close() error
}

// way is what is compared: a server and how to reach it.
type way struct {
	label    string
	baseline bool
	servers  []load.Meter
	open     func() (door, error)
}

// rawDoor speaks plain HTTP.
type rawDoor struct {
	client  *load.Client
	address string
	prefix  string // of the request target, before the object name
	suffix  string // after it
	size    string // after that, in a HEAD for the size only
	follow  bool
}

func (d *rawDoor) request(method, name string) load.Request {
	return load.Request{Method: method, Address: d.address, Target: d.prefix + name + d.suffix, Follow: d.follow}
}

// Get implements door. Without a sink the bytes are dropped as they come.
func (d *rawDoor) Get(ctx context.Context, name string, sink io.Writer) (int64, error) {
	answer, err := d.client.Read(ctx, d.request(http.MethodGet, name), sink)
	return answer.Bytes, success(answer, err)
}

// Head implements door.
func (d *rawDoor) Head(ctx context.Context, name string) error {
	return success(d.client.Do(ctx, d.request(http.MethodHead, name)))
}

// HeadSize implements door.
func (d *rawDoor) HeadSize(ctx context.Context, name string) error {
	r := d.request(http.MethodHead, name)
	r.Target += d.size
	return success(d.client.Do(ctx, r))
}

// Put implements door.
func (d *rawDoor) Put(ctx context.Context, name string, body []byte) error {
	r := d.request(http.MethodPut, name)
	r.Body = body
	return success(d.client.Do(ctx, r))
}

// Close implements door.
func (d *rawDoor) Close() error { return d.client.Close() }

// success turns an answer that is none into an error.
func success(answer load.Response, err error) error {
	if err == nil && answer.Status/100 != 2 {
		err = errs.E("bench.request", "", errs.Invalid, fmt.Errorf("status %d", answer.Status))
	}
	return err
}

// apiDoor is the Go client.
type apiDoor struct {
	client *api.Client
	bucket wire.Bucket
}

// Get implements door.
func (d *apiDoor) Get(ctx context.Context, name string, sink io.Writer) (int64, error) {
	r, err := d.client.Get(ctx, d.bucket, name, api.GetOptions{})
	if err != nil {
		return 0, err
	}
	defer r.Close()
	if sink == nil {
		sink = io.Discard
	}
	return r.WriteTo(sink)
}

// Head implements door.
func (d *apiDoor) Head(ctx context.Context, name string) error {
	_, err := d.client.Head(ctx, d.bucket, name)
	return err
}

// HeadSize implements door.
func (d *apiDoor) HeadSize(ctx context.Context, name string) error {
	_, err := d.client.HeadProps(ctx, d.bucket, name, "size")
	return err
}

// Put implements door.
func (d *apiDoor) Put(ctx context.Context, name string, body []byte) error {
	_, err := d.client.PutBytes(ctx, d.bucket, name, body, api.PutOptions{})
	return err
}

// Close implements door.
func (d *apiDoor) Close() error {
	d.client.Close()
	return nil
}
