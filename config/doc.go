// Package config holds settings as data: those of the whole cluster
// ([Cluster]), those of one node ([Node]), both together as they stand in a
// file ([File]), and a way to share values that change ([Live]).
//
// A section of the cluster's settings is one type in one file: fields with
// their JSON names, a Default function, and Validate. Sizes and durations are
// text, "64MiB" and "2m". The sections that are also properties of a bucket
// (mirror, ec, lru, …) are the types of package api/wire, and the defaults of
// new buckets.
//
// Settings have dotted names made of JSON names: "timeout.max_keepalive".
// [Load] reads a file, [Set] changes values by name, [Merge] takes a piece of
// JSON, [Flatten] and [Diff] list them. All of them refuse names that do not
// exist and say which one comes nearest. None of them changes its argument:
// values are snapshots that can be shared.
//
// The package reads no environment and no flags; commands do.
package config
