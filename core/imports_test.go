package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sentinel-ha/sentinel/"

// rule is what a package may import of ours, and why not more.
type rule struct {
	may []string
	why string
}

// rules hold for every package but tests' helpers. A package that is not listed
// fails the test, so that adding one is a decision.
var rules = map[string]rule{
	"core": {nil, "it is documentation"},

	"core/packet":   {nil, "the wire format depends on nothing"},
	"core/priority": {nil, "it is arithmetic on values"},
	"core/vrrp":     {[]string{"core/packet"}, "the machine must run on paper"},
	"core/engine": {[]string{"core/vrrp", "core/packet", "core/priority"},
		"the same engine runs in the agent and in the simulator, through interfaces it declares itself"},
	"core/sim": {[]string{"core/engine", "core/vrrp", "core/packet", "core/priority"},
		"it replaces the world around the engine, and its types are made of these"},
	"core/netio": {[]string{"core/statefile"}, "it knows Linux and no router; core/agent translates"},
	"core/track": {[]string{"sdk", "sdk/legible"}, "it runs trackers, and does not know what their verdicts do"},
	"core/config": {[]string{"core/vrrp", "core/priority", "core/packet", "sdk", "sdk/legible", "sdk/repair"},
		"a configuration is data: reading one must start nothing"},
	"core/agent": {[]string{"core/api", "core/config", "core/engine", "core/netio", "core/notify", "core/packet", "core/pluginhost", "core/priority", "core/track", "core/vrrp", "plugins", "sdk", "sdk/ownership", "trackers"},
		"it composes everything that runs, and neither the lab nor the simulator runs in it"},
	"core/lab": {[]string{"core/netio"},
		"it starts real processes and watches the wire; what runs in a node must not leak into the bench"},
	"core/lab/demo":   {[]string{"core/lab"}, "it shows a lab, from the outside"},
	"core/lab/retest": {nil, "it runs go test and reads a clock"},
	"core/lab/bench":  {[]string{"core/lab"}, "it measures programs, its own and others, from the outside"},

	"core/statefile": {nil, "it writes files, whatever is in them"},
	"core/api":       {nil, "its documents are the contract with whoever reads them, and made of nothing else"},

	"cmd/sentinel": {[]string{"core/agent", "core/api", "core/config", "core/lab", "core/lab/demo", "core/pluginhost", "core/scaffold", "examples", "plugins", "sdk", "sdk/legible", "sdk/plugintest", "sdk/serve"},
		"commands parse flags; what they do lives below"},
	"core/scaffold":            {nil, "it writes text"},
	"examples":                 {nil, "it embeds files"},
	"examples/custom-tracker":  {[]string{"sdk", "sdk/serve"}, "it is a module of its own, as everybody else's plugin"},
	"examples/custom-notifier": {[]string{"sdk", "sdk/serve"}, "it is a module of its own, as everybody else's plugin"},

	"sdk/serve":         {[]string{"sdk", "sdk/internal/wire"}, "a plugin's main needs the contract and the wire, and nothing of the agent"},
	"sdk/guard":         {[]string{"sdk/orphan"}, "it lists numbers and starts a shell"},
	"sdk/legible":       {nil, "it is about texts, whoever has written them"},
	"sdk/ownership":     {[]string{"sdk/repair"}, "it looks at files, whoever runs them"},
	"sdk/orphan":        {nil, "it starts a shell, whatever for"},
	"sdk/probe":         {[]string{"sdk/repair"}, "it opens files, for whoever starts a process"},
	"sdk/repair":        {nil, "it is an error"},
	"sdk/host":          {[]string{"sdk", "sdk/guard", "sdk/probe", "sdk/repair", "sdk/internal/wire"}, "the other end of the wire"},
	"sdk/plugintest":    {[]string{"sdk", "sdk/host", "sdk/internal/wire"}, "it plays the host for a plugin"},
	"sdk/internal/wire": {[]string{"sdk"}, "it translates the contract to messages"},
	"core/pluginhost":   {[]string{"sdk", "sdk/host", "sdk/ownership", "sdk/probe", "sdk/repair"}, "it owns processes, and does not know what verdicts and events do"},
	"core/notify":       {[]string{"core/statefile", "sdk", "sdk/legible"}, "it orders deliveries, and does not know who makes them"},

	"plugins":                     {[]string{"sdk", "plugins/script", "plugins/http", "plugins/tcp", "plugins/ping", "plugins/exec", "plugins/webhook", "plugins/mail", "plugins/fifo"}, "it is a table"},
	"plugins/script":              {[]string{"sdk", "plugins/internal/command"}, "a first-party plugin is written as everybody else's"},
	"plugins/exec":                {[]string{"sdk", "plugins/internal/command", "plugins/internal/keepalived"}, "a first-party plugin is written as everybody else's"},
	"plugins/http":                {[]string{"sdk", "plugins/internal/web"}, "a first-party plugin is written as everybody else's"},
	"plugins/tcp":                 {[]string{"sdk", "plugins/internal/web"}, "a first-party plugin is written as everybody else's"},
	"plugins/ping":                {[]string{"sdk"}, "a first-party plugin is written as everybody else's"},
	"plugins/webhook":             {[]string{"sdk", "plugins/internal/web"}, "a first-party plugin is written as everybody else's"},
	"plugins/mail":                {[]string{"sdk", "plugins/internal/keepalived", "plugins/internal/web"}, "a first-party plugin is written as everybody else's"},
	"plugins/fifo":                {[]string{"sdk", "plugins/internal/keepalived"}, "a first-party plugin is written as everybody else's"},
	"plugins/internal/command":    {[]string{"sdk", "sdk/guard", "sdk/legible", "sdk/orphan", "sdk/ownership", "sdk/probe", "sdk/repair"}, "it runs programs"},
	"plugins/internal/keepalived": {[]string{"sdk"}, "it is a dictionary"},
	"plugins/internal/web":        {nil, "it is what talking to servers takes"},

	"trackers":         {[]string{"sdk", "trackers/process", "trackers/iface", "trackers/file"}, "it is a table"},
	"sdk":              {nil, "whoever writes a tracker needs the standard library and this"},
	"trackers/process": {[]string{"sdk"}, "a built-in tracker is written as everybody else's"},
	"trackers/iface":   {[]string{"sdk"}, "a built-in tracker is written as everybody else's"},
	"trackers/file":    {[]string{"sdk"}, "a built-in tracker is written as everybody else's"},
}

// pure packages hold no time, no chance and no world: these are arguments. That
// lets the same code run in the agent, in the simulator and in explanations.
var pure = []string{"core/packet", "core/priority", "core/vrrp"}

// virtual packages run on a clock that is given to them.
var virtual = []string{"core/engine", "core/sim"}

// worldly are imports that a pure package must not have.
var worldly = []string{"context", "io/ioutil", "log", "log/slog", "math/rand", "math/rand/v2", "net", "os", "runtime", "sync", "syscall"}

// clocks are the functions of package time that read or wait for the real clock.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}

func TestImports(t *testing.T) {
	for _, file := range sources(t) {
		pkg := file.pkg
		r, listed := rules[pkg]
		if _, ok := rules[filepath.Dir(pkg)]; !listed && ok && strings.HasSuffix(pkg, "test") {
			continue // helpers of a package's tests, such as core/netio/netnstest
		}
		if !listed {
			t.Errorf("%s: package %s is not in the table of core/imports_test.go: say what it may import, and why", file.name, pkg)
			continue
		}
		for _, imported := range file.imports() {
			ours, is := strings.CutPrefix(imported, module)
			if is && !slices.Contains(r.may, ours) {
				t.Errorf("%s: %s must not import %s: %s", file.name, pkg, ours, r.why)
			}
		}
	}
}

func TestPurity(t *testing.T) {
	for _, file := range sources(t) {
		isPure := slices.Contains(pure, file.pkg)
		if isPure {
			for _, imported := range file.imports() {
				if slices.Contains(worldly, imported) {
					t.Errorf("%s: pure package %s imports %q", file.name, file.pkg, imported)
				}
			}
		}
		if !isPure && !slices.Contains(virtual, file.pkg) {
			continue
		}
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: %s starts a goroutine", file.at(n), file.pkg)
			case *ast.ChanType:
				t.Errorf("%s: %s has a channel", file.at(n), file.pkg)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
					t.Errorf("%s: %s uses time.%s: time is an argument here", file.at(n), file.pkg, n.Sel.Name)
				}
			}
			return true
		})
	}
}

// source is one Go file that is not a test.
type source struct {
	name   string
	pkg    string
	syntax *ast.File
	set    *token.FileSet
}

func (s *source) imports() []string {
	var list []string
	for _, spec := range s.syntax.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		list = append(list, path)
	}
	return list
}

func (s *source) at(n ast.Node) string { return s.set.Position(n.Pos()).String() }

// sources parses every Go file of the module but tests.
func sources(t *testing.T) []*source {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	var list []*source
	err = fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, filepath.Join(root, path), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		list = append(list, &source{name: path, pkg: filepath.Dir(path), syntax: syntax, set: set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 50 {
		t.Fatalf("only %d source files found under %s", len(list), root)
	}
	return list
}

// TestSDKNeedsNothing: an author of a tracker downloads nothing for the contract.
func TestSDKNeedsNothing(t *testing.T) {
	for _, file := range sources(t) {
		if file.pkg != "sdk" {
			continue
		}
		for _, imported := range file.imports() {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				t.Errorf("%s: sdk imports %s, which is not in the standard library", file.name, imported)
			}
		}
	}
}

// TestNoTesting: what tests are made of is no part of the program.
func TestNoTesting(t *testing.T) {
	for _, file := range sources(t) {
		if _, listed := rules[file.pkg]; listed && slices.Contains(file.imports(), "testing") {
			t.Errorf("%s imports testing", file.name)
		}
	}
}
