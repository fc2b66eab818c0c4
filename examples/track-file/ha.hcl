# A number in a file is added to the priority: whatever can write a file can move
# the address. server1 has 244 and the number, server2 a fixed 245.

locals {
  priorities = {
    server1 = 244
    server2 = 245
  }
}

tracker "file" "app" {
  path          = "/run/my_app/vrrp_track_file"
  weight        = 1
  initial_value = 0
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
  track             = [tracker.file.app]
}
