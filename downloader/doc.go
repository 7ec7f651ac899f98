// Package downloader fetches objects from the internet into buckets. It is a
// module of the target.
//
// It has no code yet.
package downloader
