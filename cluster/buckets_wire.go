package cluster

import (
	"errors"
	"fmt"

	"aistore/api/wire"
	"aistore/errs"
)

// WireBMD returns b as clients see it. Properties are shared with b and must
// not be changed.
func (b *Buckets) WireBMD() *wire.BMD {
	providers := make(map[string]map[string]map[string]*wire.BucketProps)
	for bucket := range b.All() {
		namespaces := providers[bucket.Provider]
		if namespaces == nil {
			namespaces = make(map[string]map[string]*wire.BucketProps)
			providers[bucket.Provider] = namespaces
		}
		uname := bucket.Namespace.Uname()
		if namespaces[uname] == nil {
			namespaces[uname] = make(map[string]*wire.BucketProps)
		}
		namespaces[uname][bucket.Name] = bucket.Props
	}
	return &wire.BMD{Providers: providers, UUID: b.uuid, Version: b.version}
}

// BucketsFromWire returns the buckets that w describes, which from then on
// belong to the result. Errors: Invalid.
func BucketsFromWire(w *wire.BMD) (*Buckets, error) {
	b := &Buckets{version: w.Version, uuid: w.UUID}
	if err := b.fill(w); err != nil {
		return nil, errs.E("cluster.BucketsFromWire", fmt.Sprintf("bucket metadata v%d", w.Version), errs.Invalid, err)
	}
	return b, nil
}

func (b *Buckets) fill(w *wire.BMD) error {
	if w.Version < 0 {
		return errors.New("the version is below zero")
	}
	for provider, namespaces := range w.Providers {
		for uname, buckets := range namespaces {
			namespace, err := wire.ParseNamespace(uname)
			if err != nil {
				return err
			}
			if namespace.Uname() != uname {
				return fmt.Errorf("%.140q is no namespace", uname)
			}
			for name, props := range buckets {
				bucket := &Bucket{wire.Bucket{Name: name, Provider: provider, Namespace: namespace}, props}
				if err := b.take(bucket); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// take adds a bucket in place, while b is being made.
func (b *Buckets) take(bucket *Bucket) error {
	if bucket.Provider == "" {
		return errors.New("a bucket without provider")
	}
	if err := checkBucket(bucket); err != nil {
		return err
	}
	version := int64(bucket.ID() &^ aisBucket)
	if version == 0 || version > b.version || bucket.ID() != newBucketID(bucket, version) {
		return fmt.Errorf("%s has id %d", bucket, bucket.ID())
	}
	b.put(bucket)
	b.count++
	return nil
}
