# Both servers report what becomes of them, each in its own name. A server that
# wants a password is reached by
#
#   server        = "smtp.example.com:587"
#   username      = "ha@example.com"
#   password_file = "/etc/sentinel/smtp.password"

locals {
  priorities = {
    server1 = 150
    server2 = 100
  }
}

notify "mail" "admins" {
  server = "192.168.1.25"
  from   = "${node.name}@example.com"
  to     = ["admin@example.com"]
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = local.priorities[node.name]
  advert_interval   = "1s"
  virtual_addresses = ["192.168.1.100/24"]
  notify            = [notify.mail.admins]
}
