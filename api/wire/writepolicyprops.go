package wire

import (
	"fmt"
	"slices"
)

// Values of [WritePolicyProps].
const (
	WriteImmediate = "immediate"
	WriteDelayed   = "delayed"
	WriteNever     = "never"
)

// WritePolicyProps say when data and metadata reach the disk. "" is immediate.
type WritePolicyProps struct {
	Data string `json:"data"` // "immediate", "delayed" or "never"; "" is immediate
	MD   string `json:"md"`   // the same for metadata
}

// DefaultWritePolicy returns the policy that writes at once.
func DefaultWritePolicy() WritePolicyProps { return WritePolicyProps{} }

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (w WritePolicyProps) Validate() error {
	policies := []string{"", WriteImmediate, WriteDelayed, WriteNever}
	if !slices.Contains(policies, w.Data) || !slices.Contains(policies, w.MD) {
		return fmt.Errorf("write_policy: %.32q or %.32q is none of %q", w.Data, w.MD, policies)
	}
	return nil
}

// WritePolicyPropsToSet changes [WritePolicyProps]; nil members leave things as they are.
type WritePolicyPropsToSet struct {
	Data *string `json:"data,omitempty"`
	MD   *string `json:"md,omitempty"`
}

func (s *WritePolicyPropsToSet) apply(to *WritePolicyProps) {
	if s == nil {
		return
	}
	set(&to.Data, s.Data)
	set(&to.MD, s.MD)
}
