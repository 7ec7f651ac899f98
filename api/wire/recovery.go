package wire

// PathRecover is where a gateway is told to go on without the majority, or a target
// to have an empty gateway do so.
const PathRecover = PathCluster + "/recover"

// RecoveryRequest asks a gateway to go on with the newest metadata that it finds,
// when the majority of the nodes that vote is lost for good.
type RecoveryRequest struct {
	DryRun  bool   `json:"dry_run"`           // only say what would happen
	Gateway string `json:"gateway,omitempty"` // URL of an empty gateway that is to go on; "" is the one that is asked
}

// Recovery says what is left of a cluster.
type Recovery struct {
	UUID     string     `json:"uuid"`       // of the cluster
	Nodes    []Survivor `json:"nodes"`      // as the gateway knows them, those that do not answer included
	Newest   string     `json:"newest"`     // id of the node whose metadata is the newest
	Voters   int        `json:"voters"`     // how many nodes vote
	Answered int        `json:"answered"`   // how many of them answer
	Problem  string     `json:"problem"`    // why there is nothing to recover; "" if there is
	Restarts bool       `json:"restarting"` // the gateway is about to go on as the primary
}

// Survivor is a node of a cluster that has lost its majority.
type Survivor struct {
	ID       string `json:"daemon_id"`
	Type     string `json:"daemon_type"`
	Answers  bool   `json:"answers"`
	Votes    bool   `json:"votes"`
	Position string `json:"position"` // of the last entry that it has, as "term/index"; "" if it does not answer
	Buckets  int    `json:"buckets"`  // that it knows
	Error    string `json:"error"`    // why it does not answer
}
