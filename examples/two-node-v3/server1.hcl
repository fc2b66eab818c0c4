# The classic pair in VRRP version 3. This is the first server, 192.168.1.1.

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = 150
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
}
