# No block names the hook: plugins/sentinel-notify-ownership is beside this file
# and nothing of what it takes is required, so that it is told every change.

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
