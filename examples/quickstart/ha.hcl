# Two servers share the address 192.168.1.100. The file is the same on both.
#
#   sentinel lab                                   # try it on one machine
#   sentinel agent -config ha.hcl -node server1    # for real, on each server

locals {
  priorities = {
    server1 = 150
    server2 = 100
  }
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
}
