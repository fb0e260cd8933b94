package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// composed is what is looked at of deploy/compose.yaml.
type composed struct {
	Services map[string]struct {
		Image       string
		Command     []string
		Environment map[string]string
		Volumes     []string
		NetworkMode string    `yaml:"network_mode"`
		DependsOn   yaml.Node `yaml:"depends_on"`
		Ports       []string
		Ulimits     map[string]int
	}
	Volumes map[string]any
}

func readCompose(t *testing.T) composed {
	t.Helper()
	text, err := os.ReadFile("../../deploy/compose.yaml")
	require.NoError(t, err)
	var c composed
	require.NoError(t, yaml.Unmarshal(text, &c))
	return c
}

// Everything that a service names is there, and only this machine can reach it.
func TestComposeFileHangsTogether(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	require.Len(t, c.Services, 11)
	for name, s := range c.Services {
		require.NotEmpty(t, s.Image, name)
		for _, v := range s.Volumes {
			source, _, ok := strings.Cut(v, ":")
			require.True(t, ok, v)
			if file, isFile := strings.CutPrefix(source, "./"); isFile {
				_, err := os.Stat("../../deploy/" + file)
				require.NoError(t, err, name)
				continue
			}
			require.Contains(t, c.Volumes, source, name)
		}
		for _, on := range dependencies(t, &s.DependsOn) {
			require.Contains(t, c.Services, on, name)
		}
		if other, ok := strings.CutPrefix(s.NetworkMode, "service:"); ok {
			require.Contains(t, c.Services, other, name)
		}
		for _, p := range s.Ports {
			require.True(t, strings.HasPrefix(p, "127.0.0.1:"), "%s publishes %s", name, p)
		}
	}
}

// dependencies gives the names, of either way to write them.
func dependencies(t *testing.T, node *yaml.Node) (names []string) {
	t.Helper()
	var byName map[string]any
	switch node.Kind {
	case yaml.SequenceNode:
		require.NoError(t, node.Decode(&names))
	case yaml.MappingNode:
		require.NoError(t, node.Decode(&byName))
	}
	for name := range byName {
		names = append(names, name)
	}
	return names
}

// Each node of the cluster knows the other two, and has a certificate that is made.
func TestComposeFileMakesACluster(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	nodes := []string{"kurrent1", "kurrent2", "kurrent3"}
	made := strings.Join(c.Services["certificates"].Command, "\n")
	require.Contains(t, made, "for n in 1 2 3")
	require.Contains(t, made, "-out node$$n")
	require.Contains(t, made, "-dns-names kurrent$$n,")
	for i, name := range nodes {
		e := c.Services[name].Environment
		others := slices.Delete(slices.Clone(nodes), i, i+1)
		require.Equal(t, strings.Join(others, ":2113,")+":2113", e["KURRENTDB_GOSSIP_SEED"])
		require.Equal(t, name, e["KURRENTDB_NODE_HOST_ADVERTISE_AS"])
		require.Equal(t, "3", e["KURRENTDB_CLUSTER_SIZE"])
		require.Equal(t, fmt.Sprintf("/certs/node%d/node.crt", i+1),
			e["KURRENTDB_CERTIFICATE_FILE"])
		require.Equal(t, fmt.Sprintf("/certs/node%d/node.key", i+1),
			e["KURRENTDB_CERTIFICATE_PRIVATE_KEY_FILE"])
		require.NotContains(t, e, "KURRENTDB_INSECURE")
		require.Contains(t, c.Services[name].Volumes, name+":/var/lib/kurrentdb")
	}
}

// The servers are called as the program can be called, with settings that it has.
func TestComposeFileStartsStazh(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	known := knownVariables(t)
	addresses := map[string]bool{}
	for _, name := range []string{"worker", "api1", "api2", "aside"} {
		s := c.Services[name]
		requireParses(t, s.Command)
		for variable := range s.Environment {
			require.Contains(t, known, variable, name)
		}
		url := s.Environment["STAZH_EVENTSTORE_URL"]
		for _, node := range []string{"kurrent1:2113", "kurrent2:2113", "kurrent3:2113"} {
			require.Contains(t, url, node)
		}
		addresses[s.Environment["STAZH_ADDR"]] = true
		_, err := esdb.ParseConnectionString(
			regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(
				strings.ReplaceAll(url, "&tlsCaFile=/certs/ca/ca.crt", ""), "secret"))
		require.NoError(t, err)
	}
	door, err := os.ReadFile("../../deploy/door.conf")
	require.NoError(t, err)
	all, others, ok := strings.Cut(string(door), "upstream aside {")
	require.True(t, ok)
	for _, name := range []string{"api1", "api2"} {
		address := c.Services[name].Environment["STAZH_ADDR"]
		require.Contains(t, all, "server "+address+" ")
		require.Contains(t, others, "server "+address+" backup;")
	}
	aside := c.Services["aside"]
	require.Contains(t, aside.Command, "--aside")
	require.Equal(t, 1, aside.Ulimits["rtprio"])
	require.NotContains(t, all, aside.Environment["STAZH_ADDR"])
	require.Contains(t, others, "server "+aside.Environment["STAZH_ADDR"]+" ")
	require.Regexp(t, `location /v1/reporting \{\s*proxy_pass http://aside;`, others)
	require.Len(t, addresses, 4)
}

// The compose file is what docker says it is, where its command is at hand.
func TestComposeFileByDocker(t *testing.T) {
	t.Parallel()
	if err := exec.CommandContext(t.Context(), "docker", "compose", "version").Run(); err != nil {
		t.Logf("there is no docker compose here (%v): the structure is proved, no more", err)
		return
	}
	command := exec.CommandContext(t.Context(), "docker", "compose", "--file",
		"../../deploy/compose.yaml", "config", "--quiet")
	command.Env = append(os.Environ(), "KURRENTDB_ADMIN_PASSWORD=a", "KURRENTDB_OPS_PASSWORD=b",
		"KURRENTDB_STAZH_PASSWORD=c", "POSTGRES_PASSWORD=d")
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))
}

// Every variable that the compose file demands stands in the example of an environment.
func TestEnvironmentExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/compose.yaml")
	require.NoError(t, err)
	example, err := os.ReadFile("../../deploy/environment.example")
	require.NoError(t, err)
	demanded := regexp.MustCompile(`\$\{([A-Z_]+):\?`).FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, demanded)
	for _, d := range demanded {
		require.Contains(t, string(example), "\n"+d[1]+"=")
	}
}

// The systemd units start the program as it can be called, with settings that it has.
func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	server, aside := readUnit(t, "stazh@.service"), readUnit(t, "stazh-aside@.service")
	require.Equal(t, []string{"/usr/local/bin/stazh serve"}, server["ExecStart"])
	require.Equal(t, []string{"/usr/local/bin/stazh serve --aside"}, aside["ExecStart"])
	require.Equal(t, []string{"1"}, aside["LimitRTPRIO"], "the priority that it asks for")
	require.Equal(t, []string{"false"}, aside["RestrictRealtime"])
	require.NotContains(t, aside, "CPUSchedulingPolicy", "a Postgres of its own would have it")
	for _, own := range []string{"Description", "ExecStart", "LimitRTPRIO", "RestrictRealtime"} {
		delete(server, own)
		delete(aside, own)
	}
	require.Equal(t, server, aside, "what holds for one server holds for the other")
}

func readUnit(t *testing.T, name string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/" + name)
	require.NoError(t, err)
	unit := map[string][]string{}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			require.NotEmpty(t, section, line)
			unit[key] = append(unit[key], value)
		}
	}
	require.Len(t, unit["ExecStart"], 1)
	words := strings.Fields(unit["ExecStart"][0])
	require.Equal(t, "/usr/local/bin/stazh", words[0])
	requireParses(t, words[1:])
	known := knownVariables(t)
	for _, assignment := range unit["Environment"] {
		name, value, _ := strings.Cut(assignment, "=")
		require.Contains(t, known, name)
		if name == "STAZH_ADDR" {
			require.Equal(t, "127.0.0.1:%i", value)
		}
	}
	require.Equal(t, []string{"stazh"}, unit["User"])
	return unit
}

func knownVariables(t *testing.T) (names []string) {
	t.Helper()
	var cli grammar
	parser, err := newParser(&cli, io.Discard, io.Discard)
	require.NoError(t, err)
	for _, f := range parser.Model.Flags {
		names = append(names, f.Envs...)
	}
	return names
}

func requireParses(t *testing.T, args []string) {
	t.Helper()
	var cli grammar
	parser, err := newParser(&cli, io.Discard, io.Discard)
	require.NoError(t, err)
	_, err = parser.Parse(args)
	require.NoError(t, err, args)
}
