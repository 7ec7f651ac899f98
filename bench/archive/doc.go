// Bench/archive compares reading a small member of a big archive with reading an
// object of the same size, on one target: server CPU and latency of requests for
// members all over a tar, a zip that stores and a zip that deflates, once the
// index of the archive is there. It also says what the first read takes, which
// may have to make the index.
//
//	go run ./bench/archive [-size=1GiB] [-member=10KiB] [-rounds=3] [-seconds=2]
package main
