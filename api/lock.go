package api

import (
	"context"
	"errors"
	"net/http"

	"aistore/api/wire"
	"aistore/errs"
)

// LockState is what is going on with an object at its target.
type LockState string

// Values of LockState.
const (
	Unlocked    LockState = "not locked"
	ReadLocked  LockState = "read"
	WriteLocked LockState = "written"
)

// LockState tells whether an object is being read or written at this moment. The
// object need not exist. Errors: NotFound (bucket).
func (c *Client) LockState(ctx context.Context, b wire.Bucket, name string) (LockState, error) {
	r, err := objectCall("api.LockState", http.MethodPost, b, name)
	if err != nil {
		return "", err
	}
	if err := r.withAction(wire.ActionCheckLock, "", nil); err != nil {
		return "", err
	}
	resp, err := c.do(ctx, r)
	if errors.Is(err, errs.Locked) {
		return WriteLocked, nil
	}
	if err != nil {
		return "", err
	}
	discard(resp)
	if resp.StatusCode == http.StatusAccepted {
		return ReadLocked, nil
	}
	return Unlocked, nil
}
