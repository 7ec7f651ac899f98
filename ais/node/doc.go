// Package node holds what both roles share: the listeners of the three networks,
// the node's identity, its copy of what the cluster agreed on, the way to its
// peers, joining, and the answers to health and status queries.
//
// Start with [Core]. A role, package ais/proxy or ais/target, declares its
// routes on the core's networks; package ais puts both together and runs them.
package node
