package process_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"aistore/bench/process"
	"aistore/errs"
	"aistore/internal/check"
)

func TestServerIsMeasuredAndStopped(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs sh")
	}
	s, err := process.Start(t.Context(), process.Options{
		Name: "busy",
		Path: shell,
		Args: []string{"-c", "echo $WORD; while :; do :; done"},
		Env:  []string{"WORD=hello"},
		Log:  filepath.Join(t.TempDir(), "log"),
	})
	check.NoError(t, err)
	defer s.Stop()
	check.Eventually(t, func() bool { return s.LogTail(1) == "hello" })
	if runtime.GOOS == "linux" {
		check.Eventually(t, func() bool {
			spent, err := s.CPU()
			return err == nil && spent > 0
		})
	}
	s.Stop()
	s.Stop()
	_, err = s.CPU()
	check.Equal(t, err != nil, true)
}

func TestStartWithoutExecutable(t *testing.T) {
	_, err := process.Start(t.Context(), process.Options{
		Path: filepath.Join(t.TempDir(), "missing"),
		Log:  os.DevNull,
	})
	check.ErrorIs(t, err, errs.Internal)
}
