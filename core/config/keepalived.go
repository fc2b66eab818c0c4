package config

import "strings"

// keepalived says what to write instead of a word of keepalived's, or why there
// is nothing to write.
func keepalived(word string) (string, bool) {
	if how, ok := keepalivedWords[word]; ok {
		return how, true
	}
	for _, family := range keepalivedFamilies {
		if strings.HasPrefix(word, family.prefix) {
			return family.how, true
		}
	}
	return "", false
}

// What several words have in common.
const (
	noLVS      = "Sentinel does not balance load (IPVS). Keep keepalived or another balancer for that; the addresses can be Sentinel's."
	noMail     = "Sentinel sends no mail. Remove it; the log says every transition."
	noSNMP     = "Sentinel has no SNMP agent and no D-Bus interface. Remove it."
	noTrackers = "Trackers are not supported yet. Remove it; the interface itself is watched anyway (track_link)."
	noHooks    = "Hooks are not supported yet. Remove it; until they come, the agent's log says every transition."
	noVMAC     = "Virtual MAC addresses are not supported yet: a router uses the MAC address of its interface, and gratuitous ARP tells the neighbours. Remove it."
	noPolicy   = "Scheduling is the service manager's: in systemd's unit write Nice=, CPUSchedulingPolicy=, CPUAffinity= LimitRTTIME= or LimitMEMLOCK=."
	noFirewall = "There is no packet filter to configure; accept = false is all there is to write. Remove it."
	noStrict   = "Write strict = true in the vrrp block, which drops advertisements that the RFC says to drop."
	noBuffers  = "There is no such setting in Sentinel. Remove it."
	lowerPrio  = "A lower priority is always answered with an advertisement at once, and with an announcement of the addresses (announce). Remove it."
)

// keepalivedWords is the dictionary.
var keepalivedWords = map[string]string{
	// Blocks.
	"global_defs":              "Its settings are in the agent block, or in each vrrp block; most need not be set at all.",
	"vrrp_instance":            `Write vrrp "VI_1" { ... }`,
	"vrrp_script":              noTrackers,
	"vrrp_track_file":          noTrackers,
	"vrrp_sync_group":          "Sync groups are not supported yet: every router moves on its own. Remove the block, or put all addresses into one vrrp block.",
	"group":                    "Sync groups are not supported yet: every router moves on its own.",
	"static_ipaddress":         "An address that never moves belongs in the system's network configuration.",
	"static_routes":            "A route that never moves belongs in the system's network configuration.",
	"static_rules":             "A rule that never moves belongs in the system's network configuration.",
	"garp_group":               "Write spacing = \"10ms\" in an announce block, for the agent or for a router.",
	"track_group":              "Sync groups are not supported yet: every router moves on its own.",
	"interface_up_down_delays": "A link that goes down is a fault at once. Remove it.",

	// The protocol.
	"state":                     "Sentinel has no initial state: every router starts in backup and the election decides. Remove it.",
	"vrrp_version":              "Write version = 2 or version = 3 in each vrrp block. keepalived's default is 2.",
	"native_ipv6":               "Write version = 3. The family is that of the addresses.",
	"advert_int":                `Write advert_interval = "1s", with a unit.`,
	"nopreempt":                 "Write preempt = false.",
	"down_timer_adverts":        "An active router is given up after three intervals, as the RFC has it. Remove it, or change advert_interval.",
	"timer_expired_backup":      "After a pause Sentinel reads what it was sent before it judges. Remove it.",
	"thread_timer_expired":      "After a pause Sentinel reads what it was sent before it judges. Remove it.",
	"lower_prio_no_advert":      lowerPrio,
	"higher_prio_send_advert":   "A router that is outvoted goes to backup without a word, as the RFC has it. Remove it.",
	"owner_ignore_adverts":      "Two owners hold an election by address (RFC 9568, erratum 8298). Remove it.",
	"strict_mode":               noStrict,
	"vrrp_strict":               noStrict,
	"skip_check_adv_addr":       "Another address list is a reported conflict, not a reason to drop. Remove it; strict = true drops.",
	"v3_checksum_as_v2":         `Write checksum = "rfc9568".`,
	"old_unicast_checksum":      "It is for keepalived before 1.3.7, which Sentinel does not speak with. Remove it, and upgrade that peer.",
	"no_accept":                 "Write accept = false.",
	"dont_track_primary":        "Write track_link = false.",
	"dynamic_interfaces":        "An interface that does not exist (yet) is a fault of its routers, and no reason to stop. Remove it.",
	"disable_local_igmp":        "Remove it; Sentinel does not need it.",
	"promote_secondaries":       "Set net.ipv4.conf.INTERFACE.promote_secondaries with sysctl.",
	"include":                   "Give several -config flags, or a directory.",
	"default_interface":         "Write interface in each vrrp block.",
	"lvs_sync_daemon_interface": noLVS,
	"vrf":                       "Write the interface that is in the VRF.",
	"debug":                     `Write log { level = "debug" } in the agent block.`,
	"kernel_rx_buf_size":        noBuffers,

	// Addresses.
	"virtual_ipaddress":          `Write virtual_addresses = ["192.0.2.1/24"], or a block for each address that needs more: virtual_address "192.0.2.1/24" { interface = "eth1" }`,
	"virtual_ipaddress_excluded": `Write a block for each address: virtual_address "192.0.2.1/24" { advertise = false }`,
	"no_virtual_ipaddress":       "No address at all is valid. Remove it.",
	"virtual_routes":             later["virtual_route"],
	"virtual_rules":              later["virtual_rule"],

	// Unicast.
	"unicast_peer":          `Write unicast { peers = ["192.0.2.11"] }`,
	"unicast_src_ip":        `Write source = "192.0.2.11".`,
	"mcast_src_ip":          `Write source = "192.0.2.11".`,
	"mcast_dst_ip":          "The multicast group is the RFC's, 224.0.0.18 or ff02::12. Remove it, or use unicast.",
	"unicast_ttl":           "Write unicast { ttl = 255 }",
	"max_ttl":               "Write unicast { min_ttl = 255 }; there is no upper limit.",
	"check_unicast_src":     "Who is not a peer is never heard. Remove it.",
	"unicast_fault_no_peer": "A unicast block without peers is an error. Remove it.",
	"track_src_ip":          "A configured source address that is missing is always a fault. Remove it.",

	// Authentication.
	"auth_type": `Write authentication { type = "simple_text" }. AH is never supported: it is broken, and was removed from the protocol.`,
	"auth_pass": `Write authentication { password = "..." }, of at most 8 bytes: keepalived cuts a longer one off.`,

	// Announcing addresses.
	"garp_master_delay":          `Write announce { delay = "5s" }`,
	"garp_master_repeat":         "Write announce { repeat = 5 }",
	"garp_master_refresh":        `Write announce { refresh = "60s" }`,
	"garp_master_refresh_repeat": "A refresh is one round. Remove it.",
	"garp_lower_prio_delay":      lowerPrio,
	"garp_lower_prio_repeat":     lowerPrio,
	"garp_interval":              `Write announce { spacing = "10ms" }`,
	"gna_interval":               `Write announce { spacing = "10ms" }`,
	"garp_extra_if":              `The addresses are announced on their interfaces while the router is active. Write announce { refresh = "60s" }`,
	"vrrp_min_garp":              `Write announce { repeat = 1, delay = "0s" }, each on its own line.`,
	"vrrp_gna_interval":          `Write announce { spacing = "10ms" } in the agent block.`,

	// MAC addresses.
	"use_vmac": noVMAC, "use_vmac_addr": noVMAC, "vmac_xmit_base": noVMAC, "vmac_prefix": noVMAC,
	"vmac_addr_prefix": noVMAC, "use_ipvlan": noVMAC,

	// Trackers.
	"track_script": noTrackers, "track_interface": noTrackers, "track_file": noTrackers, "track_process": noTrackers,
	"track_bfd": noTrackers, "bfd_instance": noTrackers, "sync_group_tracking_weight": noTrackers,
	"global_tracking": noTrackers, "init_fail": noTrackers, "script": noTrackers,

	// Hooks.
	"script_user": noHooks, "enable_script_security": noHooks, "use_symlink_paths": noHooks,
	"set_supplementary_groups": noHooks, "fifo_write_vrrp_states_on_reload": noHooks,
	"startup_script":    "The service manager runs commands before the agent starts: ExecStartPre= in systemd's unit.",
	"shutdown_script":   "The service manager runs commands after the agent has stopped: ExecStopPost= in systemd's unit.",
	"router_id":         "A node's name is the host name, or the flag -node. Remove it.",
	"no_email_faults":   noMail,
	"process_names":     "Remove it; Sentinel is one process.",
	"net_namespace":     "Start the agent in the namespace: ip netns exec NAME sentinel agent, or NetworkNamespacePath= in systemd's unit.",
	"instance":          "Give each agent a configuration and a runtime_dir of its own.",
	"use_pid_dir":       "Sentinel has no PID file. Write runtime_dir in the agent block.",
	"umask":             "Write UMask= in systemd's unit.",
	"child_wait_time":   "Remove it; Sentinel is one process.",
	"random_seed":       "Remove it; nothing in Sentinel is random.",
	"max_auto_priority": noPolicy, "min_auto_priority_delay": noPolicy, "vrrp_priority": noPolicy,
	"vrrp_rt_priority": noPolicy, "vrrp_rlimit_rttime": noPolicy, "vrrp_no_swap": noPolicy,
	"vrrp_cpu_affinity": noPolicy, "vrrp_process_name": noPolicy,
	"vrrp_startup_delay":    `Write startup_delay = "10s" in the agent block.`,
	"vrrp_delay_after_boot": `Write startup_delay = "10s" in the agent block.`,
	"vrrp_iptables":         noFirewall, "vrrp_ipsets": noFirewall, "nftables": noFirewall,
	"vrrp_check_unicast_src":       "Who is not a peer is never heard. Remove it.",
	"vrrp_skip_check_adv_addr":     "Another address list is a reported conflict, not a reason to drop. Remove it; strict = true drops.",
	"vrrp_mcast_group4":            "The multicast group is the RFC's, 224.0.0.18. Remove it, or use unicast.",
	"vrrp_mcast_group6":            "The multicast group is the RFC's, ff02::12. Remove it, or use unicast.",
	"vrrp_lower_prio_no_advert":    lowerPrio,
	"vrrp_higher_prio_send_advert": "A router that is outvoted goes to backup without a word, as the RFC has it. Remove it.",
	"log_unknown_vrids":            "What is dropped is counted, and `sentinel agent -observe` prints everything that it hears. Remove it.",
	"real_server":                  noLVS, "delay_loop": noLVS, "lb_algo": noLVS, "lb_kind": noLVS, "lvs_sched": noLVS,
	"lvs_method": noLVS, "persistence_timeout": noLVS, "quorum": noLVS, "sorry_server": noLVS,
}

// keepalivedFamilies are the words that are too many to list. They are tried in
// order, after the dictionary.
var keepalivedFamilies = []struct{ prefix, how string }{
	{"vrrp_garp_", "Write an announce block in the agent block: repeat, delay, refresh, spacing."},
	{"garp_", "Write an announce block: repeat, delay, refresh, spacing."},
	{"vrrp_track_", noTrackers},
	{"vrrp_notify_", noHooks},
	{"notify_", noHooks},
	{"linkbeat_", "The state of a link is taken from the kernel's events, without polling. Remove it."},
	{"vrrp_netlink_", noBuffers},
	{"vrrp_rx_", noBuffers},
	{"nftables_", noFirewall},
	{"notification_", noMail},
	{"smtp_", noMail},
	{"snmp_", noSNMP},
	{"enable_snmp", noSNMP},
	{"enable_dbus", noSNMP},
	{"dbus_", noSNMP},
	{"reload_", "A reload that does not validate changes nothing, and `sentinel reload` waits for the answer. Remove it."},
	{"virtual_server", noLVS},
	{"lvs_", noLVS},
	{"checker_", noLVS},
}
