# No weight: without its httpd a server cannot serve at all, whatever the other's
# priority is. That is a fault, and it is over as soon as httpd runs again.

locals {
  priorities = {
    server1 = 150
    server2 = 100
  }
}

tracker "process" "httpd" {
  process = "httpd"
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
  track             = [tracker.process.httpd]
}
