package config

import (
	"math/big"
	"net/netip"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/gocty"
)

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
