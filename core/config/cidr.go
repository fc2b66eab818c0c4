package config

import (
	"math/big"
	"net/netip"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/gocty"
)

// cidrHost is cidrhost("192.0.2.0/24", 5): the address of a host in a network.
// A negative number counts from the network's end.
var cidrHost = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "prefix", Type: cty.String}, {Name: "number", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		network, err := networkArgument(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		number, err := integerArgument(args, 1)
		if err != nil {
			return cty.NilVal, err
		}
		size := new(big.Int).Lsh(big.NewInt(1), uint(network.Addr().BitLen()-network.Bits()))
		if number.Sign() < 0 {
			number.Add(number, size)
		}
		if number.Sign() < 0 || number.Cmp(size) >= 0 {
			return cty.NilVal, function.NewArgErrorf(1, "the network %s has no host of that number", network)
		}
		return cty.StringVal(plus(network.Addr(), number).String()), nil
	},
})

// cidrNetmask is cidrnetmask("192.0.2.0/24"): the mask as IPv4 writes it.
var cidrNetmask = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "prefix", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		network, err := networkArgument(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		if !network.Addr().Is4() {
			return cty.NilVal, function.NewArgErrorf(0, "IPv6 has no netmasks")
		}
		ones := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), network.Bits())
		return cty.StringVal(ones.Masked().Addr().String()), nil
	},
})

// cidrSubnet is cidrsubnet("192.0.2.0/24", 4, 2): a network divided by so many
// more bits, and the part of that number.
var cidrSubnet = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "prefix", Type: cty.String}, {Name: "bits", Type: cty.Number}, {Name: "number", Type: cty.Number},
	},
	Type: function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		network, err := networkArgument(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		var bits int
		if err := gocty.FromCtyValue(args[1], &bits); err != nil || bits < 0 || bits > network.Addr().BitLen()-network.Bits() {
			return cty.NilVal, function.NewArgErrorf(1, "the network %s has %d bits to give", network, network.Addr().BitLen()-network.Bits())
		}
		number, err := integerArgument(args, 2)
		if err != nil {
			return cty.NilVal, err
		}
		if number.Sign() < 0 || number.BitLen() > bits {
			return cty.NilVal, function.NewArgErrorf(2, "there is no part of that number; %d bits can be divided further", bits)
		}
		length := network.Bits() + bits
		number.Lsh(number, uint(network.Addr().BitLen()-length))
		return cty.StringVal(netip.PrefixFrom(plus(network.Addr(), number), length).String()), nil
	},
})

func networkArgument(v cty.Value) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(v.AsString())
	if err != nil {
		return netip.Prefix{}, function.NewArgErrorf(0, "%s is not a network such as 192.0.2.0/24", value{Value: v})
	}
	return prefix.Masked(), nil
}

func integerArgument(args []cty.Value, i int) (*big.Int, error) {
	if isHuge(args[i].AsBigFloat()) {
		return nil, function.NewArgErrorf(i, "it is too large")
	}
	number, accuracy := args[i].AsBigFloat().Int(nil)
	if accuracy != big.Exact {
		return nil, function.NewArgErrorf(i, "it must be a whole number")
	}
	return number, nil
}

// plus adds a number to an address. The sum fits.
func plus(a netip.Addr, number *big.Int) netip.Addr {
	sum := new(big.Int).SetBytes(a.AsSlice())
	sum.Add(sum, number)
	result, _ := netip.AddrFromSlice(sum.FillBytes(make([]byte, a.BitLen()/8)))
	return result
}
