"""What is data about one governorate, checked and typed. Pure: it imports only `seal`."""
