package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/internal/check"
)

// TestS3Clients runs the scripts of tests/s3clients, each of which is a client that
// is in use, where AIS_S3_PYTHON names a python that has the clients.
func TestS3Clients(t *testing.T) {
	python := os.Getenv("AIS_S3_PYTHON")
	if python == "" {
		t.Skip("AIS_S3_PYTHON: the python that has boto3 and the other clients")
	}
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	var endpoints []string
	for _, client := range s3Clients(t, c) {
		endpoints = append(endpoints, client.base+"/s3")
	}
	scripts, err := filepath.Glob("s3clients/*_test.*")
	check.NoError(t, err)
	for _, script := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) {
			program := python
			if strings.HasSuffix(script, ".sh") {
				program = "bash"
			}
			command := exec.CommandContext(t.Context(), program, script)
			command.Env = append(os.Environ(),
				"AWS_ACCESS_KEY_ID="+s3AccessKey, "AWS_SECRET_ACCESS_KEY="+s3Secret, "AWS_REGION=us-east-1",
				"AWS_EC2_METADATA_DISABLED=true", "S3_ENDPOINTS="+strings.Join(endpoints, " "),
				"PATH="+filepath.Dir(python)+":"+os.Getenv("PATH"))
			output, err := command.CombinedOutput()
			t.Logf("%s", output)
			check.NoError(t, err)
		})
	}
}
