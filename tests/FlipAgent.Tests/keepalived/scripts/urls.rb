require 'api/rest'

api = API::REST.new("https://api.example.net")
api.post("/cloud/project/#{PROJECT}/ip/failover/#{ADDRESS}/attach", {"instanceId" => ME})
api.get("/cloud/project/addresses")
