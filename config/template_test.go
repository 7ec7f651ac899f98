package config_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aistore/config"
	"aistore/internal/check"
)

// template is what local deployments configure nodes with, and the script that
// fills it in.
const (
	template     = "../deploy/dev/local/aisnode.json"
	templateFill = "../deploy/dev/local/aisnode_config.sh"
	templatePage = "../docs/playground.md"
)

// fill is the template with an environment filled in.
func fill(t *testing.T, environment ...string) config.File {
	t.Helper()
	command := exec.Command("bash", templateFill)
	command.Env = append(environment, "PATH="+os.Getenv("PATH"))
	text, err := command.Output()
	check.NoError(t, err)
	file, err := config.Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return file
}

// Every setting of the template exists, and every variable is documented.
func TestTemplateOfDeployments(t *testing.T) {
	text, err := os.ReadFile(template)
	check.NoError(t, err)
	page, err := os.ReadFile(templatePage)
	check.NoError(t, err)
	var tree map[string]any
	check.NoError(t, json.Unmarshal(text, &tree))
	var known []string
	for _, s := range config.Flatten(new(config.DefaultFile())) {
		known = append(known, s.Key)
	}
	variables := 0
	eachValue(tree, "", func(key, value string) {
		if !slices.Contains(known, key) {
			t.Errorf("%s: no such setting", key)
		}
		name := regexp.MustCompile(`^\$\{([A-Z_0-9]+)-?\}$`).FindStringSubmatch(value)
		if name == nil {
			t.Fatalf("%s: %q is no variable", key, value)
		}
		variables++
		byScript := strings.HasPrefix(name[1], "NODE_") || strings.HasSuffix(name[1], "_URL")
		if !byScript && !strings.Contains(string(page), "`"+name[1]+"`") {
			t.Errorf("%s is not in %s", name[1], templatePage)
		}
	})
	check.Equal(t, variables > 20, true)
}

func eachValue(tree map[string]any, path string, visit func(key, value string)) {
	for name, value := range tree {
		key := strings.TrimPrefix(path+"."+name, ".")
		switch value := value.(type) {
		case map[string]any:
			eachValue(value, key, visit)
		case string:
			visit(key, value)
		default:
			visit(key, "")
		}
	}
}

func TestTemplateFilledIn(t *testing.T) {
	file := fill(t, `NODE_DIR=/run/a "b"\c`, "NODE_LOG_DIR=/log", "NODE_HOST=127.0.0.1", "NODE_PORT=8081",
		"NODE_PORT_CONTROL=", "NODE_PORT_DATA=10081", "NODE_DATA=/data", "NODE_MOUNTPATHS=3", "NODE_INSTANCE=2",
		"PRIMARY_URL=http://p:8080", "AIS_LOG_LEVEL=4", "EC_ENABLED=true", "DATA_SLICES=4", "AIS_SERVER_CRT=/c&c")
	want := config.DefaultFile()
	want.ConfDir, want.LogDir = `/run/a "b"\c`, "/log"
	want.HostNet = config.HostNet{Host: "127.0.0.1", Port: "8081", PortControl: "", PortData: "10081"}
	want.TestFSPaths = config.TestFSPaths{Root: "/data", Count: 3, Instance: 2}
	want.Proxy = config.Proxy{PrimaryURL: "http://p:8080", OriginalURL: "http://p:8080"}
	want.Log.Level, want.EC.Enabled, want.EC.DataSlices, want.Net.HTTP.Certificate = "4", true, 4, "/c&c"
	check.Equal(t, file, want)

	file = fill(t, "NODE_DIR=/a", "NODE_PORT=8080", "NODE_PATHS=/mnt/1,/mnt/2=fast", "NODE_MOUNTPATHS=3", "NODE_DATA=/d")
	check.Equal(t, file.FSPaths.Paths, map[string]string{"/mnt/1": "", "/mnt/2": "fast"})
	check.Equal(t, file.TestFSPaths, config.TestFSPaths{})
	check.Equal(t, fill(t).HostNet.PortControl, "")
}
