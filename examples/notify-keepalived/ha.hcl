# notify.sh was written for keepalived: INSTANCE|GROUP, name, MASTER|BACKUP|FAULT|STOP
# and priority are its arguments here too.

locals {
  priorities = {
    server1 = 150
    server2 = 100
  }
}

notify "exec" "status" {
  command = ["/etc/sentinel/notify.sh"]
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
  notify            = [notify.exec.status]
}
