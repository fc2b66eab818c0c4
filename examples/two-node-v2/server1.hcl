# The classic pair in VRRP version 2 with a password, as keepalived speaks it by
# default: either side may be a keepalived. This is the first server, 10.0.0.71.

vrrp "VI_1" {
  interface         = "eth0"
  version           = 2
  virtual_router_id = 41
  priority          = 200
  advert_interval   = "1s"
  virtual_addresses = ["10.0.0.100/24"]

  authentication {
    type     = "simple_text"
    password = "1066"
  }
}
