# The network behind is worth 5 points: a server that cannot reach it had better
# not have the address. While ens9 runs on both, server1 has 244 + 5 = 249 and
# server2 240 + 5 = 245. Without it server1 has 244.

locals {
  priorities = {
    server1 = 244
    server2 = 240
  }
}

tracker "interface" "backend" {
  interface = "ens9"
  weight    = 5
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
  track             = [tracker.interface.backend]
}
