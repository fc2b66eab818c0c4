# nginx is looked for every two seconds. Two failures in a row cost its node 50
# points: server1 then has 150 - 50 = 100, which is less than server2's 120, and
# server2 serves. Two successes give them back.

locals {
  priorities = {
    server1 = 150
    server2 = 120
  }
}

tracker "script" "nginx" {
  command  = ["/usr/bin/killall", "-0", "nginx"]
  interval = "2s"
  rise     = 2
  fall     = 2
  weight   = -50
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
  track             = [tracker.script.nginx]
}
