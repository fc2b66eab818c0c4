package netio

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

const (
	// plainTable is the table of a host with the default runtime directory.
	plainTable        = "sentinel"
	defaultRuntimeDir = "/run/sentinel"
)

// tableName returns the name of the packet filter's table, in nft's family inet.
// It depends on the runtime directory, so that a table is one host's alone: two
// with one table would undo each other's rules.
func tableName(runtimeDir string) string {
	dir := resolve(runtimeDir)
	if dir == resolve(defaultRuntimeDir) {
		return plainTable
	}
	sum := sha256.Sum256([]byte(dir))
	return fmt.Sprintf("%s-%x", plainTable, sum[:4])
}

// resolve returns a directory's path without symbolic links, if it exists.
func resolve(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return filepath.Clean(dir)
}

// filter keeps packets to and from addresses away from the host's own sockets, by
// a table of its own in nftables:
//
//	table inet sentinel {
//		set addresses4 { type ipv4_addr; }
//		set addresses6 { type ipv6_addr; }
//		set links6     { type ipv6_addr . ifname; }     # link-local ones
//		chain input {
//			type filter hook input priority filter - 1; policy accept;
//			icmpv6 type nd-neighbor-solicit accept
//			icmpv6 type nd-neighbor-advert accept
//			ip daddr @addresses4 counter drop
//			ip6 daddr @addresses6 counter drop
//			ip6 daddr . iifname @links6 counter drop
//		}
//		chain output { ... the same with saddr and oifname ... }
//	}
//
// ARP does not pass there, and neighbour discovery is let through, so that both
// still answer: the addresses attract packets, which is what a router is for, and
// are deaf to them.
//
// There is no table while there is no address, and no use of nftables before the
// first one.
type filter struct {
	table     string // its name
	addresses []Address
	installed bool // as far as we know, or perhaps
}

// replace makes the filter be about its addresses and no others, at once.
func (f *filter) replace() error {
	switch {
	case len(f.addresses) > 0:
		if err := install(f.table, f.addresses); err != nil {
			f.installed = f.installed || lost(err)
			return err
		}
	case f.installed:
		if err := uninstall(f.table); err != nil {
			return err
		}
	}
	f.installed = len(f.addresses) > 0
	return nil
}

// intact reports whether nobody has removed or emptied the table, or changed what
// is in its sets.
func (f *filter) intact() (bool, error) {
	connection, err := connect()
	if err != nil {
		return false, err
	}
	chains, err := connection.ListChainsOfTableFamily(nftables.TableFamilyINet)
	if err != nil {
		return false, fmt.Errorf("nftables: %w", err)
	}
	t := table(f.table)
	for _, chain := range t.chains {
		if !slices.ContainsFunc(chains, func(c *nftables.Chain) bool {
			return c.Table.Name == f.table && c.Name == chain.Name
		}) {
			return false, nil
		}
		rules, err := connection.GetRules(chain.Table, chain.Chain)
		if err != nil {
			return false, fmt.Errorf("nftables: %w", err)
		}
		if len(rules) != len(chain.rules) {
			return false, nil
		}
	}
	for _, set := range t.sets {
		found, err := connection.GetSetElements(set.Set)
		if err != nil {
			return false, fmt.Errorf("nftables: %w", err)
		}
		if !slices.Equal(sortedKeys(found), sortedKeys(set.elements(f.addresses))) {
			return false, nil
		}
	}
	return true, nil
}

func sortedKeys(elements []nftables.SetElement) []string {
	list := make([]string, len(elements))
	for i, e := range elements {
		list[i] = string(e.Key)
	}
	slices.Sort(list)
	return list
}

// connect returns a connection that does not wait for ever.
func connect() (*nftables.Conn, error) {
	connection, err := nftables.New(nftables.WithSockOptions(limit))
	if err != nil {
		return nil, fmt.Errorf("nftables: %w", err)
	}
	return connection, nil
}

// limit ends the waits of a connection, of package mdlayher/netlink, in good time.
func limit[C interface{ SetDeadline(time.Time) error }](connection C) error {
	return connection.SetDeadline(time.Now().Add(answerTimeout))
}

// install replaces the table, or makes it, in one transaction.
func install(name string, addresses []Address) error {
	connection, err := connect()
	if err != nil {
		return err
	}
	t := table(name)
	deleteTable(connection, t.Table)
	connection.AddTable(t.Table)
	for _, set := range t.sets {
		elements := set.elements(addresses)
		if err := connection.AddSet(set.Set, nil); err != nil {
			return fmt.Errorf("nftables: %w", err)
		}
		// An attribute of netlink(7) is at most 64 KiB long.
		for chunk := range slices.Chunk(elements, 512) {
			if err := connection.SetAddElements(set.Set, chunk); err != nil {
				return fmt.Errorf("nftables: %w", err)
			}
		}
	}
	for _, chain := range t.chains {
		connection.AddChain(chain.Chain)
		for _, rule := range chain.rules {
			connection.AddRule(&nftables.Rule{Table: t.Table, Chain: chain.Chain, Exprs: rule})
		}
	}
	return explain(connection.Flush())
}

func uninstall(name string) error {
	connection, err := connect()
	if err != nil {
		return err
	}
	deleteTable(connection, table(name).Table)
	return explain(connection.Flush())
}

// deleteTable deletes the table, and is content if there is none: it adds it
// first.
func deleteTable(connection *nftables.Conn, t *nftables.Table) {
	connection.AddTable(t)
	connection.DelTable(t)
}

func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EPROTONOSUPPORT), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOENT):
		return fmt.Errorf("nftables: this kernel may lack nf_tables or its family inet: %w", err)
	}
	return fmt.Errorf("nftables: %w", err)
}
