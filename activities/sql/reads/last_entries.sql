-- The last timeline entry of every order: for whoever watches all of a database to develop with, which holds few.
SELECT order_id, entry FROM orders
