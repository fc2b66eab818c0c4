package config

import "strings"

// advice is the answer to a name that is not ours to use.
type advice struct{ summary, detail string }

// reserved returns what there is to say about a name that the language does not
// have: it is planned, or it is keepalived's.
func reserved(name string) (advice, bool) {
	if why, ok := planned.answer(name); ok {
		return advice{"Not supported yet", `"` + name + `" is not supported yet: ` + why}, true
	}
	if how, ok := keepalived.answer(name); ok {
		return advice{"keepalived's word", `"` + name + `" is a word of keepalived's. ` + how}, true
	}
	return advice{}, false
}

// dictionary holds answers by word. A word that ends in * stands for all that
// begin so, unless they are there themselves.
type dictionary map[string]string

// newDictionary reads lines of words, a colon, and what to answer to them.
func newDictionary(text string) dictionary {
	d := make(dictionary)
	for line := range strings.Lines(text) {
		words, answer, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for _, word := range strings.Fields(words) {
			d[word] = answer
		}
	}
	return d
}

func (d dictionary) answer(name string) (string, bool) {
	if answer, ok := d[name]; ok {
		return answer, true
	}
	for i := len(name); i > 0; i-- {
		if answer, ok := d[name[:i]+"*"]; ok {
			return answer, true
		}
	}
	return "", false
}

// planned are the names that are reserved for what Sentinel does not do yet, and
// why, or until when. They are never ignored.
var planned = newDictionary(`
tracker: this version watches interfaces and addresses only, and trackers are what comes next. Remove the block, and its name from every track list.
track: this version has no trackers. Remove the line; the interface itself is watched anyway (track_link).
track_override: this version has no trackers. Remove the block.
sync_group: this version moves every router on its own. Remove the block, or put all addresses into one vrrp block.
notify: this version runs no hooks. Remove it; until hooks come, the agent's log says every transition.
vmac: a virtual router uses the MAC address of its interface, and gratuitous ARP tells the neighbours. Remove it.
virtual_route: only addresses move with a virtual router, routes do not. Remove it, and make the route with the system's network configuration.
virtual_rule: only addresses move with a virtual router, routing rules do not. Remove it, and make the rule with the system's network configuration.
auth_hmac: it is keepalived 2.4.2's extension of the protocol, and its draft is young. Remove it; keep the segment trusted, or use unicast.
bfd: this version watches peers by their advertisements only. Remove it, and set a shorter advert_interval instead.
linkbeat: the state of a link is taken from the kernel's events, without polling. Remove it.
`)

// keepalived says what to write instead of a word of keepalived's, or why there
// is nothing to write.
var keepalived = newDictionary(`
global_defs: Its settings are in the agent block, or in each vrrp block; most need not be set at all.
vrrp_instance: Write vrrp "VI_1" { ... }
include: Give several -config flags, or a directory.
debug: Write log { level = "debug" } in the agent block.
log_unknown_vrids: What is dropped is counted, and "sentinel agent -observe" prints everything that it hears. Remove it.
router_id: A node's name is the host name, or the flag -node. Remove it.
net_namespace: Start the agent in the namespace: ip netns exec NAME sentinel agent, or NetworkNamespacePath= in systemd's unit.
instance: Give each agent a configuration and a runtime_dir of its own.
use_pid_dir: Sentinel has no PID file. Write runtime_dir in the agent block.
reload_*: A reload that does not validate changes nothing, and "sentinel reload" waits for the answer. Remove it.
vrrp_startup_delay vrrp_delay_after_boot: Write startup_delay = "10s" in the agent block.

state: Sentinel has no initial state: every router starts in backup and the election decides. Remove it.
vrrp_version: Write version = 2 or version = 3 in each vrrp block. keepalived's default is 2.
native_ipv6: Write version = 3. The family is that of the addresses.
default_interface: Write interface in each vrrp block.
vrf: Write the interface that is in the VRF.
advert_int: Write advert_interval = "1s", with a unit.
nopreempt: Write preempt = false.
no_accept: Write accept = false.
dont_track_primary: Write track_link = false.
down_timer_adverts: An active router is given up after three intervals, as the RFC has it. Remove it, or change advert_interval.
timer_expired_backup thread_timer_expired: After a pause Sentinel reads what it was sent before it judges. Remove it.
lower_prio_no_advert vrrp_lower_prio_no_advert garp_lower_prio_delay garp_lower_prio_repeat: A lower priority is always answered with an advertisement at once, and with an announcement of the addresses (announce). Remove it.
higher_prio_send_advert vrrp_higher_prio_send_advert: A router that is outvoted goes to backup without a word, as the RFC has it. Remove it.
owner_ignore_adverts: Two owners hold an election by address (RFC 9568, erratum 8298). Remove it.
strict_mode vrrp_strict: Write strict = true in the vrrp block, which drops advertisements that the RFC says to drop.
skip_check_adv_addr vrrp_skip_check_adv_addr: Another address list is a reported conflict, not a reason to drop. Remove it; strict = true drops.
v3_checksum_as_v2: Write checksum = "rfc9568".
old_unicast_checksum: It is for keepalived before 1.3.7, which Sentinel does not speak with. Remove it, and upgrade that peer.
dynamic_interfaces: An interface that does not exist (yet) is a fault of its routers, and no reason to stop. Remove it.
interface_up_down_delays: A link that goes down is a fault at once. Remove it.
linkbeat_*: The state of a link is taken from the kernel's events, without polling. Remove it.
disable_local_igmp: Remove it; Sentinel does not need it.

virtual_ipaddress: Write virtual_addresses = ["192.0.2.1/24"], or a block for each address that needs more: virtual_address "192.0.2.1/24" { interface = "eth1" }
virtual_ipaddress_excluded: Write a block for each address: virtual_address "192.0.2.1/24" { advertise = false }
no_virtual_ipaddress: No address at all is valid. Remove it.
virtual_routes: Only addresses move with a virtual router, routes do not. Remove it, and make the route with the system's network configuration.
virtual_rules: Only addresses move with a virtual router, routing rules do not. Remove it, and make the rule with the system's network configuration.
static_ipaddress static_routes static_rules: What never moves belongs in the system's network configuration.
promote_secondaries: Set net.ipv4.conf.INTERFACE.promote_secondaries with sysctl.

unicast_peer: Write unicast { peers = ["192.0.2.11"] }
unicast_src_ip mcast_src_ip: Write source = "192.0.2.11".
mcast_dst_ip vrrp_mcast_group4 vrrp_mcast_group6: The multicast group is the RFC's, 224.0.0.18 or ff02::12. Remove it, or use unicast.
unicast_ttl: Write unicast { ttl = 255 }
max_ttl: Write unicast { min_ttl = 255 }; there is no upper limit.
check_unicast_src vrrp_check_unicast_src: Who is not a peer is never heard. Remove it.
unicast_fault_no_peer: A unicast block without peers is an error. Remove it.
track_src_ip: A configured source address that is missing is always a fault. Remove it.

auth_type: Write authentication { type = "simple_text" }. AH is never supported: it is broken, and was removed from the protocol.
auth_pass: Write authentication { password = "..." }, of at most 8 bytes: keepalived cuts a longer one off.

garp_master_delay: Write announce { delay = "5s" }
garp_master_repeat: Write announce { repeat = 5 }
garp_master_refresh: Write announce { refresh = "60s" }
garp_master_refresh_repeat: A refresh is one round. Remove it.
garp_interval gna_interval: Write announce { spacing = "10ms" }
garp_extra_if: The addresses are announced on their interfaces while the router is active. Write announce { refresh = "60s" }
garp_group: Write spacing = "10ms" in an announce block, for the agent or for a router.
vrrp_min_garp: Write announce { repeat = 1, delay = "0s" }, each on its own line.
vrrp_gna_interval: Write announce { spacing = "10ms" } in the agent block.
garp_*: Write an announce block: repeat, delay, refresh, spacing.
vrrp_garp_*: Write an announce block in the agent block: repeat, delay, refresh, spacing.

use_vmac use_vmac_addr vmac_xmit_base vmac_prefix vmac_addr_prefix use_ipvlan: Virtual MAC addresses are not supported yet: a router uses the MAC address of its interface, and gratuitous ARP tells the neighbours. Remove it.

vrrp_script vrrp_track_* track_script track_interface track_file track_process track_bfd bfd_instance sync_group_tracking_weight global_tracking init_fail script: Trackers are not supported yet. Remove it; the interface itself is watched anyway (track_link).
vrrp_sync_group group track_group: Sync groups are not supported yet: every router moves on its own. Remove the block, or put all addresses into one vrrp block.
notify_* vrrp_notify_* script_user enable_script_security use_symlink_paths set_supplementary_groups fifo_write_vrrp_states_on_reload: Hooks are not supported yet. Remove it; until they come, the agent's log says every transition.
startup_script: The service manager runs commands before the agent starts: ExecStartPre= in systemd's unit.
shutdown_script: The service manager runs commands after the agent has stopped: ExecStopPost= in systemd's unit.

max_auto_priority min_auto_priority_delay vrrp_priority vrrp_rt_priority vrrp_rlimit_rttime vrrp_no_swap vrrp_cpu_affinity vrrp_process_name: Scheduling is the service manager's: in systemd's unit write Nice=, CPUSchedulingPolicy=, CPUAffinity=, LimitRTTIME= or LimitMEMLOCK=.
umask: Write UMask= in systemd's unit.
process_names child_wait_time: Remove it; Sentinel is one process.
random_seed: Remove it; nothing in Sentinel is random.
kernel_rx_buf_size vrrp_netlink_* vrrp_rx_*: There is no such setting in Sentinel. Remove it.
vrrp_iptables vrrp_ipsets nftables nftables_*: There is no packet filter to configure; accept = false is all there is to write. Remove it.
smtp_* notification_* no_email_faults: Sentinel sends no mail. Remove it; the log says every transition.
snmp_* enable_snmp* dbus_* enable_dbus*: Sentinel has no SNMP agent and no D-Bus interface. Remove it.
virtual_server* real_server lvs_* delay_loop lb_algo lb_kind persistence_timeout quorum sorry_server checker_*: Sentinel does not balance load (IPVS). Keep keepalived or another balancer for that; the addresses can be Sentinel's.
`)
