package rest

// Network names the three networks of a node. Values combine, for a listener
// that several of them share: Public|Control|Data is a node with one port.
type Network uint8

// The networks.
const (
	Public  Network = 1 << iota // clients
	Control                     // between nodes: membership, metadata, transactions
	Data                        // between nodes: objects
)

// networkCount is the number of networks, and networkIndex the place of each
// in an array of that size.
const networkCount = 3

func (n Network) index() int {
	switch n {
	case Public:
		return 0
	case Control:
		return 1
	}
	return 2
}

// String returns the name of one network, and "shared" for a combination.
func (n Network) String() string {
	switch n {
	case Public:
		return "public"
	case Control:
		return "control"
	case Data:
		return "data"
	}
	return "shared"
}
