# The gateway is pinged every second. Without a weight a script that fails is a
# fault. The plugin "ping" does the same without starting a process each time:
#
#   tracker "ping" "gateway" {
#     address  = "192.168.1.254"
#     ...                          # interval, rise and fall as below
#   }

locals {
  priorities = {
    server1 = 150
    server2 = 100
  }
}

tracker "script" "gateway" {
  command  = ["/usr/bin/ping", "-c", "1", "-W", "1", "192.168.1.254"]
  interval = "1s"
  timeout  = "5s"
  rise     = 3
  fall     = 3
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
  track             = [tracker.script.gateway]
}
