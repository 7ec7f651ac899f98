// Package aistest runs clusters for tests. One test runs, unchanged,
//
//   - in this process, over real sockets of the loopback and temporary
//     directories: the default of [Start];
//   - as processes of cmd/aisnode, with AISTEST_MODE=process;
//   - against a cluster that is there already, with AIS_ENDPOINT=URL;
//   - in virtual time, over a network and disks in memory: [Virtual].
//
// Faults are methods of [Cluster] and [Disk]: Kill, Restart, Stop, Pause, Cut,
// Fail, Full, Corrupt, LosePower. A test that uses one which its mode does not have is
// skipped, with a line that says why:
//
//	                     in process  processes  external  virtual
//	nodes, kill, restart     yes         yes       no       yes
//	pause                network only    yes       no   network only
//	cut                      yes         no        no       yes
//	disks                    yes         no        no       yes
//	files, corrupt           yes         yes       no       yes
//	power                    no          no        no       yes
//
// A killed node in this process ends as the kernel would end it: its sockets
// are reset, then nothing it still does reaches its mountpaths. (Its own
// directory of metadata is on a real disk, and out of reach; kill -9 of that is
// for the mode with processes.) A paused node in this process goes on working,
// with its network stopped.
//
// AISTEST_LOG=debug|info|warn|error sets what nodes in this process log, by
// way of the test; warn is the default.
package aistest
