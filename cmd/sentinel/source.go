package main

import (
	"errors"
	"flag"
	"log/slog"

	"github.com/sentinel-ha/sentinel/core/agent"
	"github.com/sentinel-ha/sentinel/core/config"
)

// source is the flags that say where a configuration comes from.
type source struct {
	paths    list
	node     string
	vars     list
	varFiles list
}

func (s *source) register(flags *flag.FlagSet) {
	flags.Var(&s.paths, "config", "a configuration `file or directory`; may be repeated")
	flags.StringVar(&s.node, "node", "", "the `name` that node.name stands for (default: the short host name)")
	flags.Var(&s.vars, "var", "the value of a variable, as `name=value`; may be repeated")
	flags.Var(&s.varFiles, "var-file", "a `file` with values of variables; may be repeated")
}

var errNoConfig = errors.New("which configuration? Give a file or a directory with -config")

// options returns what a configuration depends on besides its files.
func (s *source) options(env *environment) config.Options {
	return config.Options{Node: s.node, Vars: s.vars, VarFiles: s.varFiles, Environ: env.environ}
}

// load reads a configuration as the agent does, unless it is interrupted.
func (env *environment) load(paths []string, o config.Options) (*config.Config, *config.Report, error) {
	ctx, cancel := interruptible()
	defer cancel()
	conf, report := agent.Load(ctx, paths, o, env.pluginLog(slog.LevelWarn))
	if ctx.Err() != nil {
		return nil, nil, errInterrupted
	}
	return conf, report, nil
}
