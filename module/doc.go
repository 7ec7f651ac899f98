// Package module is the contract between a target and what it can do beyond
// put and get.
//
// A module is described by a [Maker]. When a target is assembled it makes every
// module of its list, hands each a [Host], and finds out once, through
// [Attach], which optional hooks the module implements. A hook is an interface
// with one method; more of them are added here together with their first user.
//
// Modules never call each other. They talk to their twins on other targets
// through [Peers] and answer through [PeerCaller].
package module
