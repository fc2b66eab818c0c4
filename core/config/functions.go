package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions returns what expressions in files of a directory can call.
func functions(dir string, environ map[string]string) map[string]function.Function {
	return map[string]function.Function{
		"can":         tryfunc.CanFunc,
		"cidrhost":    cidrHost,
		"cidrnetmask": cidrNetmask,
		"cidrsubnet":  cidrSubnet,
		"coalesce":    stdlib.CoalesceFunc,
		"concat":      stdlib.ConcatFunc,
		"contains":    stdlib.ContainsFunc,
		"element":     stdlib.ElementFunc,
		"env":         envFunction(environ),
		"file":        fileFunction(dir),
		"format":      stdlib.FormatFunc,
		"join":        stdlib.JoinFunc,
		"jsondecode":  jsonDecode,
		"keys":        stdlib.KeysFunc,
		"length":      length,
		"lookup":      stdlib.LookupFunc,
		"lower":       stdlib.LowerFunc,
		"max":         stdlib.MaxFunc,
		"merge":       stdlib.MergeFunc,
		"min":         stdlib.MinFunc,
		"replace":     stdlib.ReplaceFunc,
		"split":       stdlib.SplitFunc,
		"tonumber":    stdlib.MakeToFunc(cty.Number),
		"tostring":    stdlib.MakeToFunc(cty.String),
		"trimprefix":  stdlib.TrimPrefixFunc,
		"trimspace":   stdlib.TrimSpaceFunc,
		"trimsuffix":  stdlib.TrimSuffixFunc,
		"try":         tryfunc.TryFunc,
		"upper":       stdlib.UpperFunc,
		"values":      stdlib.ValuesFunc,
	}
}

// textFunction makes a function that returns text.
func textFunction(impl func(args []cty.Value) (string, error), params ...function.Parameter) function.Function {
	return function.New(&function.Spec{
		Params: params,
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, err := impl(args)
			return cty.StringVal(text), err
		},
	})
}

// envFunction makes env(name[, default]).
func envFunction(environ map[string]string) function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "name", Type: cty.String}},
		VarParam: &function.Parameter{Name: "default", Type: cty.String},
		Type:     function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			text, ok := environ[name]
			switch {
			case len(args) > 2:
				return cty.NilVal, errors.New("it takes a name and a default, and no more")
			case ok:
				return cty.StringVal(text), nil
			case len(args) == 2:
				return args[1], nil
			}
			return cty.NilVal, function.NewArgErrorf(0, "the environment has no variable %q; a second argument would be the default", name)
		},
	})
}

// fileFunction makes file(path). A relative path begins in dir.
func fileFunction(dir string) function.Function {
	return textFunction(func(args []cty.Value) (string, error) {
		path := args[0].AsString()
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		content, _, err := readValue(path)
		if err != nil {
			return "", function.NewArgError(0, reason(path, err))
		}
		if !utf8.Valid(content) {
			return "", function.NewArgErrorf(0, "%s is not UTF-8 text", path)
		}
		return string(content), nil
	}, function.Parameter{Name: "path", Type: cty.String})
}

// reason says why a file cannot be read, naming the file once.
func reason(path string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return fmt.Errorf("%s: %w", path, pathErr.Err)
	}
	return err
}

// jsonDecode is the library's function behind a check that also bounds the
// nesting, which the library does not.
var jsonDecode = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "json", Type: cty.String}},
	Type: func(args []cty.Value) (cty.Type, error) {
		if args[0].IsKnown() && !json.Valid([]byte(args[0].AsString())) {
			return cty.NilType, function.NewArgErrorf(0, "it is not valid JSON")
		}
		return stdlib.JSONDecodeFunc.ReturnTypeForValues(args)
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return stdlib.JSONDecodeFunc.Call(args)
	},
})

// length counts the characters of a text and the elements of anything else.
var length = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch t := args[0].Type(); {
		case t == cty.String:
			return stdlib.Strlen(args[0])
		case t.IsObjectType():
			return cty.NumberIntVal(int64(len(t.AttributeTypes()))), nil
		case t.IsCollectionType() || t.IsTupleType():
			return args[0].Length(), nil
		}
		return cty.NilVal, function.NewArgErrorf(0, "it must be text, a list or a map")
	},
})
