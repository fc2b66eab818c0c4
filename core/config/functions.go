package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net/netip"
	"path/filepath"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"github.com/zclconf/go-cty/cty/gocty"
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

var (
	prefixParameter = function.Parameter{Name: "prefix", Type: cty.String}
	bitsParameter   = function.Parameter{Name: "bits", Type: cty.Number}
	numberParameter = function.Parameter{Name: "number", Type: cty.Number}
)

// cidrHost is cidrhost("192.0.2.0/24", 5): the address of a host in a network.
// A negative number counts from the network's end.
var cidrHost = textFunction(func(args []cty.Value) (string, error) {
	network, err := networkArgument(args[0])
	if err != nil {
		return "", err
	}
	number, err := integerArgument(args, 1)
	if err != nil {
		return "", err
	}
	size := new(big.Int).Lsh(big.NewInt(1), uint(network.Addr().BitLen()-network.Bits()))
	if number.Sign() < 0 {
		number.Add(number, size)
	}
	if number.Sign() < 0 || number.Cmp(size) >= 0 {
		return "", function.NewArgErrorf(1, "the network %s has no host of that number", network)
	}
	return plus(network.Addr(), number).String(), nil
}, prefixParameter, numberParameter)

// cidrNetmask is cidrnetmask("192.0.2.0/24"): the mask as IPv4 writes it.
var cidrNetmask = textFunction(func(args []cty.Value) (string, error) {
	network, err := networkArgument(args[0])
	if err != nil {
		return "", err
	}
	if !network.Addr().Is4() {
		return "", function.NewArgErrorf(0, "IPv6 has no netmasks")
	}
	ones := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), network.Bits())
	return ones.Masked().Addr().String(), nil
}, prefixParameter)

// cidrSubnet is cidrsubnet("192.0.2.0/24", 4, 2): a network divided by so many
// more bits, and the part of that number.
var cidrSubnet = textFunction(func(args []cty.Value) (string, error) {
	network, err := networkArgument(args[0])
	if err != nil {
		return "", err
	}
	var bits int
	spare := network.Addr().BitLen() - network.Bits()
	if err := gocty.FromCtyValue(args[1], &bits); err != nil || bits < 0 || bits > spare {
		return "", function.NewArgErrorf(1, "the network %s has %d bits to give", network, spare)
	}
	number, err := integerArgument(args, 2)
	if err != nil {
		return "", err
	}
	if number.Sign() < 0 || number.BitLen() > bits {
		return "", function.NewArgErrorf(2, "there is no part of that number; %d bits can be divided further", bits)
	}
	number.Lsh(number, uint(spare-bits))
	return netip.PrefixFrom(plus(network.Addr(), number), network.Bits()+bits).String(), nil
}, prefixParameter, bitsParameter, numberParameter)

func networkArgument(v cty.Value) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(v.AsString())
	if err != nil {
		return netip.Prefix{}, function.NewArgErrorf(0, "%s is not a network such as 192.0.2.0/24", value{Value: v})
	}
	return prefix.Masked(), nil
}

func integerArgument(args []cty.Value, i int) (*big.Int, error) {
	f := args[i].AsBigFloat()
	if isHuge(f) || !f.IsInt() {
		return nil, function.NewArgErrorf(i, "it must be a whole number of a sensible size")
	}
	number, _ := f.Int(nil)
	return number, nil
}

// plus adds a number to an address. The sum fits.
func plus(a netip.Addr, number *big.Int) netip.Addr {
	sum := new(big.Int).SetBytes(a.AsSlice())
	sum.Add(sum, number)
	result, _ := netip.AddrFromSlice(sum.FillBytes(make([]byte, a.BitLen()/8)))
	return result
}
