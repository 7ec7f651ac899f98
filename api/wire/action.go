package wire

import (
	"bytes"
	"fmt"

	"aistore/errs"
	"aistore/internal/jsonx"
)

// Action is the body of nearly every call that changes something, and of
// several that only ask.
type Action struct {
	Action string           `json:"action"` // one of the Action constants; "" in PATCH of an object
	Name   string           `json:"name"`   // meaning depends on the action
	Value  jsonx.RawMessage `json:"value"`  // argument as JSON; nil and null are the same
}

// NewAction returns an action whose value is v as JSON, or null for nil.
// Errors: Invalid (v has no JSON form).
func NewAction(action, name string, v any) (Action, error) {
	a := Action{Action: action, Name: name}
	if v == nil {
		return a, nil
	}
	value, err := jsonx.Marshal(v)
	if err != nil {
		return Action{}, errs.E("wire.NewAction", action, errs.Invalid, err)
	}
	a.Value = value
	return a, nil
}

// HasValue tells whether the action carries a value other than null.
func (a Action) HasValue() bool {
	value := bytes.TrimSpace(a.Value)
	return len(value) > 0 && !bytes.Equal(value, []byte("null"))
}

// Decode decodes the value into the variable that into points to, and leaves
// that as it is when the action has no value. Errors: Invalid.
func (a Action) Decode(into any) error {
	if !a.HasValue() {
		return nil
	}
	if err := jsonx.Unmarshal(a.Value, into); err != nil {
		return errs.E("wire.Action.Decode", fmt.Sprintf("action %.64q", a.Action), errs.Invalid, err)
	}
	return nil
}

// Values of [Action.Action] for one bucket, and for all of them.
const (
	ActionCreateBucket     = "create-bck"
	ActionDestroyBucket    = "destroy-bck"
	ActionMoveBucket       = "move-bck"
	ActionCopyBucket       = "copy-bck"
	ActionTransformBucket  = "etl-bck"
	ActionEvictBucket      = "evict-remote-bck"
	ActionSetBucketProps   = "set-bprops"
	ActionResetBucketProps = "reset-bprops"
	ActionSummary          = "summary-bck"
	ActionLifecycle        = "lifecycle"
	ActionList             = "list" // objects with a value, buckets without
	ActionMakeCopies       = "make-n-copies"
	ActionEncode           = "ec-encode"
	ActionRechunk          = "rechunk"
	ActionIndexShards      = "index-shard"
	ActionShardSummary     = "summary-shard"
	ActionCreateInventory  = "create-inventory"
	ActionShowInventory    = "show-inventory"
	ActionDestroyInventory = "destroy-inventory"
)

// Values of [Action.Action] for many objects of a bucket.
const (
	ActionDeleteObjects    = "delete-listrange"
	ActionEvictObjects     = "evict-listrange"
	ActionPrefetchObjects  = "prefetch-listrange"
	ActionCopyObjects      = "copy-listrange"
	ActionTransformObjects = "etl-listrange"
	ActionArchive          = "archive"
)

// Values of [Action.Action] for one object.
const (
	ActionPromote        = "promote"
	ActionBlobDownload   = "blob-download"
	ActionRenameObject   = "rename-obj"
	ActionCheckLock      = "check-lock"
	ActionCreateUpload   = "mpt-upload"
	ActionCompleteUpload = "mpt-complete"
	ActionAbortUpload    = "mpt-abort"
)

// Values of [Action.Action] for jobs.
const (
	ActionStartJob = "start"
	ActionStopJob  = "stop"
)

// Values of [Action.Action] for the cluster and its nodes.
const (
	ActionSetConfig         = "set-config"
	ActionResetConfig       = "reset-config"
	ActionResetStats        = "reset-stats"
	ActionRotateLogs        = "rotate-logs"
	ActionReloadCredentials = "reload-creds"
	ActionClearCache        = "clear-lcache"
	ActionAttachRemote      = "attach"
	ActionDetachRemote      = "detach"
	ActionEnableBackend     = "enable-bend"
	ActionDisableBackend    = "disable-bend"
	ActionStartMaintenance  = "start-maintenance"
	ActionStopMaintenance   = "stop-maintenance"
	ActionShutdownNode      = "shutdown-node"
	ActionDecommissionNode  = "decommission-node"
	ActionRemoveNodeUnsafe  = "rm-unsafe"
	ActionShutdownCluster   = "shutdown"
	ActionDecommissionAll   = "decommission"
	ActionNewPrimary        = "new-primary"
	ActionRevokeToken       = "revoke-token"
	ActionLoadCertificate   = "load-x509"
	ActionJoinByAdmin       = "join-by-admin"
	ActionAttachMountpath   = "attach-mp"
	ActionEnableMountpath   = "enable-mp"
	ActionDisableMountpath  = "disable-mp"
	ActionDetachMountpath   = "detach-mp"
	ActionRescanMountpath   = "rescan-mp"
	ActionCheckMountpath    = "fshc-mp"
)
