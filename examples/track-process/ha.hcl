# A process gives its node the points that make it win. While httpd runs on both,
# server1 has 244 + 10 = 254 and server2 240 + 10 = 250: server1 serves. Without
# its httpd server1 has 244, which is less than 250, and server2 serves.

locals {
  priorities = {
    server1 = 244
    server2 = 240
  }
}

tracker "process" "httpd" {
  process = "httpd"
  weight  = 10
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
