# A router between two networks must have both addresses or none. server1 and
# server2 share 192.168.1.100 on eth0 and 10.8.0.100 on eth1; a fault of one side
# moves both.

locals {
  priorities = {
    server1 = 150
    server2 = 100
  }
}

vrrp "outside" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
}

vrrp "inside" {
  interface         = "eth1"
  version           = 3
  virtual_router_id = 52
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["10.8.0.100/24"]
}

sync_group "gateway" {
  members = [vrrp.outside, vrrp.inside]
}
