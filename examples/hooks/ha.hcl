# No block names the hook: plugins/hook-log is beside this file and can be
# executed, so that it is called for every change of state.

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
