# plugins/sentinel-tracker-disk, beside this file, is what gives the type "disk".
# Less than 10 % free in /var cost a server 60 points: server1 then has
# 150 - 60 = 90, which is less than server2's 100, and server2 serves.

locals {
  priorities = {
    server1 = 150
    server2 = 100
  }
}

tracker "disk" "var" {
  path     = "/var"
  minimum  = 10
  interval = "10s"
  weight   = -60
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
  track             = [tracker.disk.var]
}
